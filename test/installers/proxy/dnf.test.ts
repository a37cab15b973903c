import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DesiredProxy } from '../../../src/core/desired.ts';
import { parseIni } from '../../../src/facts/ini.ts';
import type { Proxies } from '../../../src/facts/proxies.ts';
import { planDnf, withMainProxy } from '../../../src/installers/proxy/dnf.ts';
import { proxyMark } from '../../../src/installers/proxy/mark.ts';
import { withProxies } from '../../../src/installers/proxy/repositories.ts';
import { aFile } from '../../host-file.ts';

const url = 'http://proxy:3128';
const wanted: DesiredProxy = { http: url, https: url, noProxy: ['10.0.0.0/8', '.example.com'] };

const planFor = (text: string | undefined, desired: DesiredProxy = wanted) => {
  const { changes, refusals } = planDnf(desired, { dnfConf: aFile('/etc/dnf/dnf.conf', text) } as Proxies);
  const [change] = changes;
  const after = change?.kind === 'file' && change.after.state === 'file' ? change.after.text : undefined;
  return { after, refusals: refusals.map(({ message }) => message) };
};

/** As Rocky 9 ships it. */
const shipped = `[main]
gpgcheck=1
installonly_limit=3
clean_requirements_on_remove=True
best=True
skip_if_unavailable=False
`;

describe('dnf.conf', () => {
  test('gets a line below [main], and nothing else changes', () => {
    const { after } = planFor(shipped);
    expect(after).toBe(shipped.replace('[main]\n', `[main]\n${proxyMark}\nproxy=${url}\n`));
    expect(planFor(after)).toEqual({ after: undefined, refusals: [] });
  });

  test('is made where it is not', () => {
    expect(planFor(undefined).after).toMatch(/^# Written by nodeprep\..*\n\[main\]\n#.*\nproxy=http:\/\/proxy:3128\n$/);
  });

  test.each<[string, string, string]>([
    ['no section', '# see dnf.conf(5)', `# see dnf.conf(5)\n[main]\n${proxyMark}\nproxy=${url}\n`],
    ['nothing', '', `[main]\n${proxyMark}\nproxy=${url}\n`],
    ['Windows line ends', '[main]\r\nbest=1\r\n', `[main]\r\n${proxyMark}\r\nproxy=${url}\r\nbest=1\r\n`],
    ['a header at its end', '[main]', `[main]\n${proxyMark}\nproxy=${url}\n`],
    [
      'a repository, whose proxy is its own',
      '[main]\n[own]\nproxy=http://a\n',
      `[main]\n${proxyMark}\nproxy=${url}\n[own]\nproxy=http://a\n`,
    ],
    [
      'another proxy of ours',
      `[main]\n${proxyMark}\nproxy=http://old:1\nbest=1\n`,
      `[main]\n${proxyMark}\nproxy=${url}\nbest=1\n`,
    ],
    ['a comment that names one', '[main]\n#proxy=http://a\n', `[main]\n${proxyMark}\nproxy=${url}\n#proxy=http://a\n`],
  ])('with %s', (_, before, after) => {
    expect(planFor(before)).toEqual({ after, refusals: [] });
  });

  test.each<[string, string]>([
    ['the same', `[main]\nproxy = ${url}/\n`],
    ['the same after another one', `[main]\nproxy=http://a\nbest=1\nproxy=${url}\n`],
  ])('that says %s is enough, whoever wrote it', (_, text) => {
    expect(planFor(text)).toEqual({ after: undefined, refusals: [] });
  });

  test.each<[string, string, number]>([
    ['another proxy', '[main]\nbest=1\nproxy=http://u:hunter2@other:1\n', 3],
    ['none on purpose', '[main]\nproxy=_none_\n', 2],
    ['another one in the section that comes last', `[main]\nproxy=${url}\n[x]\na=1\n[main]\nproxy=http://b\n`, 6],
    ['a value over two lines', `[main]\nproxy=${url}\n  more\n`, 2],
  ])('that says %s is refused by its line', (_, text, line) => {
    const { after, refusals } = planFor(text);
    expect(after).toBeUndefined();
    expect(refusals).toEqual([`/etc/dnf/dnf.conf:${line} sets proxy of dnf to something else than the inventory`]);
  });

  test('that nobody can be sure about is refused', () => {
    const { after, refusals } = planFor('[main]\n  best=1\n');
    expect(after).toBeUndefined();
    expect(refusals).toEqual([expect.stringMatching(/dnf\.conf is not written so that the proxy can be set there/)]);
  });

  test('of https where there are two, and none where the inventory names exceptions alone', () => {
    expect(planFor(shipped, { http: 'http://a', https: 'http://b', noProxy: [] }).after).toContain(
      '\nproxy=http://b\n',
    );
    expect(planFor(shipped, { http: undefined, https: undefined, noProxy: ['a'] }).after).toBeUndefined();
  });

  const lines = fc.constantFrom(
    ...['[main]', '[updates]', 'best=True', 'proxy_username = u', '# proxy=http://a', '; old', '', 'exclude=a b'],
    ...['exclude=a\n  b', 'baseurl=https://x/$releasever/', 'enabled=0'],
  );
  const ends = fc.constantFrom('\n', '\r\n');
  const texts = fc
    .tuple(fc.array(lines, { maxLength: 12 }), ends, fc.boolean())
    .map(([all, end, isEnded]) => all.join(end) + (isEnded && all.length > 0 ? end : ''));

  test('whatever is there stays, in order; the rest reads as before; a second look finds nothing; and it goes again', () => {
    fc.assert(
      fc.property(texts, text => {
        const { after, refusals } = planFor(text);
        expect(refusals).toEqual([]);
        expect(planFor(after)).toEqual({ after: undefined, refusals: [] });
        const kept = (after ?? '').split(/\r?\n/).filter(line => line !== proxyMark && line !== `proxy=${url}`);
        const mains = text.match(/^\[main\]/gm)?.length ?? 0;
        expect(kept.filter(line => line !== '')).toEqual([
          ...text.split(/\r?\n/).filter(line => line !== ''),
          ...(mains === 0 ? ['[main]'] : []),
        ]);
        const main = parseIni(after ?? '').filter(({ name }) => name === 'main');
        expect(main.map(({ values }) => values.get('proxy')).filter(value => value !== undefined)).toEqual([url]);
        if (mains > 0) expect(withMainProxy(after ?? '', undefined).trimEnd()).toBe(text.trimEnd());
      }),
    );
  });
});

describe('repositories', () => {
  const section = (id: string, lines: string): string => `[${id}]\nname=x\n${lines}\nenabled=1\n`;
  const file = (lines: string, own = ''): string => `# a comment\n[a]\n${own}name=x\n${lines}\nenabled=1\n`;
  const none = `${proxyMark}\nproxy=_none_\n`;
  const two: DesiredProxy = { http: 'http://p:1', https: 'http://p:2', noProxy: [] };

  test.each<[string, string, DesiredProxy, string]>([
    ['by domain', 'baseurl=https://mirror.example.com/$releasever/', wanted, none],
    ['by network', 'baseurl=http://10.1.2.3:8080/x', wanted, none],
    ['by none', 'baseurl=https://mirror.example.org/', wanted, ''],
    ['a list of mirrors', 'metalink=https://lists.example.com/metalink?repo=x', wanted, none],
    ['of two one only', 'baseurl=https://a.example.com/\n  https://b.example.org/', wanted, ''],
    ['a host of variables', 'baseurl=https://$host.example.com/', wanted, ''],
    ['files', 'baseurl=file:///srv/x', wanted, ''],
    ['no address', 'gpgcheck=1', wanted, ''],
    ['by http, with another proxy', 'baseurl=http://a.org/', two, `${proxyMark}\nproxy=http://p:1\n`],
    ['by https, with that of dnf.conf', 'baseurl=https://a.org/', two, ''],
    ['by http, which no proxy is for', 'baseurl=http://a.org/', { ...two, http: undefined }, none],
    ['by https, which no proxy is for', 'baseurl=https://a.org/', { ...two, https: undefined }, none],
  ])('exempt %s', (_, lines, proxy, own) => {
    expect(withProxies(file(lines), proxy)).toBe(file(lines, own));
    expect(withProxies(file(lines, own), proxy)).toBe(file(lines, own));
  });

  test('what is exempt no more says so no more', () => {
    const lines = 'baseurl=https://mirror.example.com/';
    expect(withProxies(file(lines, none), { ...wanted, noProxy: [] })).toBe(file(lines));
  });

  test('the proxy that somebody has set of one stays, and so does one that is switched off', () => {
    const text = `${section('a', 'baseurl=https://a.example.com/\nproxy=http://other')}${section('b', 'baseurl=https://b.example.com/').replace('enabled=1', 'enabled=0')}`;
    expect(withProxies(text, wanted)).toBe(text);
  });
});
