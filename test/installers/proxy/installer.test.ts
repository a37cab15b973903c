import { describe, expect, test } from 'vitest';
import type { Change } from '../../../src/changes/change.ts';
import type { DesiredProxy, DesiredRuntime } from '../../../src/core/desired.ts';
import { known } from '../../../src/core/observed.ts';
import { runtimes } from '../../../src/core/runtimes/index.ts';
import { type Proxies, proxies } from '../../../src/facts/proxies.ts';
import { proxy } from '../../../src/installers/proxy/installer.ts';
import { debian } from '../../../src/os/debian.ts';
import { desiredNode } from '../../desired.ts';
import { daemonJson } from '../../docker-host.ts';
import { answer, asRoot, files, knownValue } from '../../facts/answers.ts';
import { aService } from '../../plan/facts.ts';

const directory = '/etc/systemd/system/containerd.service.d';
const dropIn = `${directory}/http-proxy.conf`;
const aptFile = '/etc/apt/apt.conf.d/zz-nodeprep-proxy';
const wanted: DesiredProxy = {
  http: 'http://proxy:3128',
  https: 'http://proxy:3128',
  noProxy: ['10.0.0.0/8', '.example.com', 'deb.example.com'],
};

interface Host {
  readonly texts?: Readonly<Record<string, string>>;
  readonly apt?: string;
  readonly environ?: readonly string[];
  readonly active?: boolean;
  readonly runtime?: Partial<DesiredRuntime>;
  readonly joined?: boolean;
  readonly daemonJson?: string;
}

const observe = ({ texts = {}, apt = '', environ = [] }: Host): Proxies =>
  knownValue(
    proxies.parse(
      {
        files: files(texts),
        apt: answer(apt),
        running: answer(`process 7\nprocess 100\n${environ.map(line => `${line}\n`).join('')}`),
      },
      asRoot,
    ),
  );

const planFor = (host: Host, desired: DesiredProxy = wanted) => {
  const running = aService({
    ...{ mainPid: 100, activeState: host.active === false ? 'inactive' : 'active', startedAtSeconds: 2 },
  });
  const facts = {
    proxies: known(observe(host)),
    clusterState: known({
      ...{ joined: host.joined ?? false, evidence: undefined, foreign: undefined, kubeletVersion: undefined },
    }),
    docker: known(daemonJson(host.daemonJson, 1)),
    services: known(Object.fromEntries(Object.values(runtimes).map(({ pullingUnit }) => [pullingUnit, running]))),
  };
  const node = desiredNode({ proxy: desired, ...(host.runtime === undefined ? {} : { runtime: host.runtime }) });
  const { changes, refusals } = proxy.plan(facts, node, debian);
  return { changes, refusals: refusals.map(({ message }) => message) };
};

const textAt = (changes: readonly Change[], path: string): string | undefined => {
  const change = changes.find(({ target }) => target === path);
  return change?.kind === 'file' && change.after.state === 'file' ? change.after.text : undefined;
};

const header = '# Written by nodeprep; the next `nodeprep apply` overwrites changes made here.\n';
const ownDropIn = `${header}[Service]
Environment="HTTP_PROXY=http://proxy:3128"
Environment="HTTPS_PROXY=http://proxy:3128"
Environment="NO_PROXY=10.0.0.0/8,.example.com,deb.example.com"
`;
const ownApt = `${header}Acquire::http::Proxy "http://proxy:3128";
Acquire::http::Proxy::deb.example.com "DIRECT";
Acquire::https::Proxy "http://proxy:3128";
Acquire::https::Proxy::deb.example.com "DIRECT";
`;
const environ = [
  'HTTP_PROXY=http://proxy:3128',
  'HTTPS_PROXY=http://proxy:3128',
  'NO_PROXY=10.0.0.0/8,.example.com,deb.example.com',
];
const settled: Host = {
  texts: { [dropIn]: ownDropIn, [aptFile]: ownApt },
  apt: ownApt.replaceAll(/^#.*\n/gm, ''),
  environ,
};

describe('a host that knows of no proxy', () => {
  test('gets a drop-in and a file of apt, and what runs is restarted', () => {
    const { changes, refusals } = planFor({});
    expect(refusals).toEqual([]);
    expect(textAt(changes, dropIn)).toBe(ownDropIn);
    expect(textAt(changes, aptFile)).toBe(ownApt);
    expect(changes.map(({ id, disruption, phase }) => [id, disruption, phase])).toEqual([
      [`file:${dropIn}`, 'none', 'stage'],
      [`file:${aptFile}`, 'none', 'stage'],
      ['service:containerd.service', 'restart', 'resume'],
    ]);
  });

  test('as planned, nothing is left to do', () => {
    expect(planFor(settled)).toEqual({ changes: [], refusals: [] });
  });

  test('a runtime that does not run is not restarted', () => {
    expect(planFor({ active: false }).changes.map(({ kind }) => kind)).toEqual(['file', 'file']);
  });
});

test.each<[string, Host, string]>([
  ['containerd', {}, 'restart'],
  ['CRI-O', { runtime: { name: 'cri-o' } }, 'restart'],
  ['CRI-O whose conmon ends with it', { runtime: { name: 'cri-o', cgroupDriver: 'cgroupfs' } }, 'drain'],
  ['an engine that takes its containers along', { runtime: { name: 'docker' } }, 'drain'],
  ['an engine with live-restore', { runtime: { name: 'mirantis' }, daemonJson: '{ "live-restore": true }' }, 'restart'],
])('on a joined node, of %s', (_, host, disruption) => {
  const { changes } = planFor({ ...host, joined: true });
  expect(changes.find(({ kind }) => kind === 'service')?.disruption).toBe(disruption);
});

test('a restart follows from the environment of the process, not from what was written', () => {
  const { changes } = planFor({ ...settled, environ: ['https_proxy=http://proxy:3128', 'HTTP_PROXY=http://old'] });
  expect(changes).toMatchObject([
    { id: 'service:containerd.service', because: expect.stringMatching(/HTTP_PROXY, NO_PROXY/) },
  ]);
});

test("somebody else's drop-in that says the same is enough, with more exempt too", () => {
  const text = `[Service]\nEnvironment=HTTP_PROXY=http://proxy:3128 "HTTPS_PROXY=http://proxy:3128"\nEnvironment='NO_PROXY=localhost,deb.example.com,10.0.0.0/8,.example.com'\n`;
  const more = environ.with(2, 'NO_PROXY=localhost,deb.example.com,10.0.0.0/8,.example.com');
  expect(
    planFor({ ...settled, texts: { [`${directory}/10-site.conf`]: text, [aptFile]: ownApt }, environ: more }),
  ).toEqual({ changes: [], refusals: [] });
});

test('what the inventory does not set is left alone', () => {
  const texts = { [`${directory}/10-site.conf`]: '[Service]\nEnvironment=HTTP_PROXY=http://other\n' };
  const { changes, refusals } = planFor({ texts }, { http: undefined, https: 'http://p', noProxy: [] });
  expect(refusals).toEqual([]);
  expect(textAt(changes, dropIn)).toBe(`${header}[Service]\nEnvironment="HTTPS_PROXY=http://p"\n`);
});

test.each<[string, Host, RegExp]>([
  [
    'another drop-in with another proxy',
    { texts: { [`${directory}/zz.conf`]: '[Service]\nEnvironment="HTTP_PROXY=http://other:1"\n' } },
    /zz\.conf:2 sets HTTP_PROXY to something else/,
  ],
  [
    "a file of our name that is somebody else's",
    { texts: { [dropIn]: '[Service]\nEnvironment="HTTP_PROXY=http://proxy:3128"\n' } },
    /http-proxy\.conf is not nodeprep's and does not set HTTPS_PROXY, NO_PROXY/,
  ],
  [
    'apt.conf, which wins over our file',
    { ...settled, apt: `${settled.apt}Acquire::http::Proxy "http://other";\n` },
    /apt\.conf.* sets Acquire::http of apt to something else/,
  ],
])('%s is refused by name', (_, host, expected) => {
  expect(planFor(host).refusals).toEqual([expect.stringMatching(expected)]);
});

test('a refusal does not repeat a password that stands in a foreign drop-in', () => {
  const texts = { [`${directory}/zz.conf`]: '[Service]\nEnvironment="HTTP_PROXY=http://u:hunter2@other:1"\n' };
  expect(JSON.stringify(planFor({ texts }).refusals)).not.toContain('hunter2');
});
