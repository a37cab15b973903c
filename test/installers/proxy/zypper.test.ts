import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DesiredProxy } from '../../../src/core/desired.ts';
import type { Proxies } from '../../../src/facts/proxies.ts';
import { proxyMark } from '../../../src/installers/proxy/mark.ts';
import { assignmentOf } from '../../../src/installers/proxy/sysconfig.ts';
import { planZypper } from '../../../src/installers/proxy/zypper.ts';
import { aFile } from '../../host-file.ts';

const url = 'http://proxy:3128';
const wanted: DesiredProxy = { http: url, https: url, noProxy: ['10.0.0.0/8', '*.example.com'] };

const planFor = (text: string | undefined, desired: DesiredProxy = wanted) => {
  const { changes, refusals } = planZypper(desired, { sysconfig: aFile('/etc/sysconfig/proxy', text) } as Proxies);
  const [change] = changes;
  const after = change?.kind === 'file' && change.after.state === 'file' ? change.after.text : undefined;
  return { after, refusals: refusals.map(({ message }) => message) };
};

/** As SUSE ships it, abridged: https://github.com/openSUSE/libzypp/blob/master/zypp/tests/zypp/base/data/Sysconfig/proxy */
const shipped = `## Path:	Network/Proxy
## Type:	yesno
## Default:	no
#
# Enable a generation of the proxy settings to the profile.
PROXY_ENABLED="no"

## Type:	string
# Example: HTTP_PROXY="http://proxy.provider.de:3128/"
HTTP_PROXY=""

HTTPS_PROXY=""

FTP_PROXY=""

## Type:	string(localhost)
NO_PROXY="localhost, 127.0.0.1"
`;

describe('/etc/sysconfig/proxy', () => {
  test('is switched on with the proxies, and what is exempt already stays so', () => {
    const { after, refusals } = planFor(shipped);
    expect(refusals).toEqual([]);
    expect(after).toBe(
      shipped
        .replace('PROXY_ENABLED="no"', `${proxyMark}\nPROXY_ENABLED="yes"`)
        .replace('\nHTTP_PROXY=""', `\n${proxyMark}\nHTTP_PROXY="${url}"`)
        .replace('HTTPS_PROXY=""', `${proxyMark}\nHTTPS_PROXY="${url}"`)
        .replace(/NO_PROXY=.*/, `${proxyMark}\nNO_PROXY="localhost, 127.0.0.1, 10.0.0.0/8, .example.com"`),
    );
    expect(planFor(after)).toEqual({ after: undefined, refusals: [] });
  });

  test('is made where it is not', () => {
    const { after = '' } = planFor(undefined);
    expect(after).toMatch(/^# Written by nodeprep\./);
    expect(after.split('\n').filter(line => line !== '' && !line.startsWith('#'))).toEqual([
      `HTTP_PROXY="${url}"`,
      `HTTPS_PROXY="${url}"`,
      'NO_PROXY="10.0.0.0/8,.example.com"',
      'PROXY_ENABLED="yes"',
    ]);
  });

  test('another proxy of the inventory takes the place of the one before, and one that is left out goes', () => {
    const { after: before } = planFor(shipped);
    const { after } = planFor(before, { http: 'http://new:1', https: undefined, noProxy: [] });
    expect(after).toBe(
      before
        ?.replace(`\nHTTP_PROXY="${url}"`, '\nHTTP_PROXY="http://new:1"')
        .replace(`\nHTTPS_PROXY="${url}"`, '\nHTTPS_PROXY=""'),
    );
  });

  test('the same of somebody else is enough', () => {
    const text = `PROXY_ENABLED=yes\nHTTP_PROXY='${url}/'\nHTTPS_PROXY="${url}"\nNO_PROXY=".example.com,10.0.0.0/8,a"\n`;
    expect(planFor(text)).toEqual({ after: undefined, refusals: [] });
  });

  test.each<[string, string, DesiredProxy, string]>([
    [
      'another proxy',
      'A=1\nHTTP_PROXY="http://u:hunter2@b"\n',
      wanted,
      '/etc/sysconfig/proxy:2 sets HTTP_PROXY to something else than the inventory',
    ],
    [
      'one that is switched off and that the inventory does not name',
      'PROXY_ENABLED="no"\nHTTPS_PROXY="http://b"\n',
      { ...wanted, https: undefined },
      '/etc/sysconfig/proxy:2 sets HTTPS_PROXY, which is switched off there (PROXY_ENABLED) and would count with the proxy of the inventory',
    ],
  ])('with %s is refused by its line', (_, text, desired, message) => {
    expect(planFor(text, desired)).toEqual({ after: undefined, refusals: [message] });
  });

  test('what the inventory does not name is left alone', () => {
    const text = `PROXY_ENABLED="yes"\nHTTPS_PROXY="http://b"\nHTTP_PROXY="${url}"\n`;
    expect(planFor(text, { http: url, https: undefined, noProxy: [] })).toEqual({ after: undefined, refusals: [] });
    expect(planFor(shipped, { http: undefined, https: undefined, noProxy: ['a'] }).after).toBeUndefined();
  });

  test('whatever is there stays, in order, and a second look finds nothing', () => {
    const keys = ['PROXY_ENABLED', 'HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'];
    const lines = fc.constantFrom(
      ...[
        'PROXY_ENABLED="no"',
        'PROXY_ENABLED=yes',
        'HTTP_PROXY=""',
        `HTTPS_PROXY='${url}'`,
        'NO_PROXY="a, b"',
        'NO_PROXY=',
      ],
      ...['FTP_PROXY=""', '# HTTP_PROXY="x"', '', 'SOCKS_PROXY=http://s'],
    );
    const texts = fc
      .tuple(fc.array(lines, { maxLength: 10 }), fc.constantFrom('\n', '\r\n'), fc.boolean())
      .map(([all, end, isEnded]) => all.join(end) + (isEnded && all.length > 0 ? end : ''));
    const others = (text: string): readonly string[] =>
      text
        .split(/\r?\n/)
        .filter(line => line !== '' && line !== proxyMark && !keys.some(key => line.startsWith(`${key}=`)));
    fc.assert(
      fc.property(texts, text => {
        const { after = text, refusals } = planFor(text);
        expect(refusals).toEqual([]);
        expect(planFor(after)).toEqual({ after: undefined, refusals: [] });
        expect(others(after)).toEqual(others(text));
        expect(keys.slice(0, 3).map(key => assignmentOf(after, key)?.value)).toEqual(['yes', url, url]);
        const exempt = (of: string): readonly string[] => (assignmentOf(of, 'NO_PROXY')?.value ?? '').split(/[,\s]+/);
        expect(exempt(after)).toEqual(
          expect.arrayContaining([...exempt(text).filter(word => word !== ''), '10.0.0.0/8', '.example.com']),
        );
      }),
    );
  });
});
