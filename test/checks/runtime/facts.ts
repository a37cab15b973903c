import { readFileSync } from 'node:fs';
import type { Containerd } from '../../../src/facts/containerd.ts';
import type { CriAnswer, CriAnswers } from '../../../src/facts/cri.ts';
import type { Service, Services } from '../../../src/facts/services.ts';
import { aFile } from '../../host-file.ts';

export const daemonStart = 1_790_000_000;

const fixture = (name: string): string =>
  readFileSync(new URL(`../../fixtures/containerd/${name}`, import.meta.url), 'utf8');

export const recordedDump = (name: string): string => fixture(`dump-${name}.toml`);

export const recordedCri = (name: string): CriAnswer => JSON.parse(fixture(`cri-${name}.json`));

/** Debian 13's containerd with its packaged configuration; rows change what they are about. */
export const containerdFact = (overrides: Partial<Containerd> = {}): Containerd => ({
  binary: '/usr/bin/containerd',
  version: '1.7.24',
  config: aFile('/etc/containerd/config.toml', 'version = 2\n', daemonStart - 10),
  imports: [],
  dump: recordedDump('trixie'),
  dumpError: undefined,
  socket: true,
  replacedPids: [],
  cniBinDirs: ['/usr/lib/cni'],
  ...overrides,
});

export const absentContainerd: Containerd = containerdFact({
  binary: '',
  version: undefined,
  config: aFile('/etc/containerd/config.toml', undefined),
  dump: undefined,
  socket: false,
  replacedPids: [],
});

export const containerdService = (overrides: Partial<Service> = {}): Services => ({
  'containerd.service': {
    loadState: 'loaded',
    activeState: 'active',
    subState: 'running',
    unitFileState: 'enabled',
    startedAtSeconds: daemonStart,
    mainPid: 498,
    fragmentPath: '/usr/lib/systemd/system/containerd.service',
    needDaemonReload: false,
    restarts: 0,
    ...overrides,
  },
});

export const stopped = containerdService({
  activeState: 'inactive',
  subState: 'dead',
  startedAtSeconds: null,
  mainPid: 0,
});

export const answers = (answer: CriAnswer | undefined): CriAnswers =>
  answer === undefined ? {} : { '/run/containerd/containerd.sock': answer };

export const silent = (reason: string): CriAnswer => ({ answered: false, reason });

/** A recorded node: its dump and its daemon's answer belong together. */
export const recorded = (name: string, overrides: Partial<Containerd> = {}) => ({
  containerd: containerdFact({ dump: recordedDump(name), ...overrides }),
  cri: answers(recordedCri(name)),
  services: containerdService(),
});
