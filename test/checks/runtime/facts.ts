import { readFileSync } from 'node:fs';
import type { Check } from '../../../src/checks/check.ts';
import type { Containerd } from '../../../src/facts/containerd.ts';
import type { CriAnswer, CriAnswers } from '../../../src/facts/cri.ts';
import type { Docker } from '../../../src/facts/docker.ts';
import { hostFile } from '../../../src/facts/files.ts';
import type { FactId, FactValues } from '../../../src/facts/index.ts';
import type { Service, Services } from '../../../src/facts/services.ts';
import { testCheck } from '../../check-tester.ts';
import { aCrio, noCrio } from '../../crio.ts';
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

export const absentCrio = noCrio;
export const absentDocker: Docker = {
  engine: '',
  engineVersion: undefined,
  criDockerd: '',
  criDockerdVersion: undefined,
  config: hostFile('/etc/docker/daemon.json', undefined),
  unitFiles: [],
  engineArgv: [],
  criDockerdArgv: [],
  replaced: [],
  containers: [],
};

type RuntimeFact = 'containerd' | 'cri' | 'crio' | 'docker' | 'services';
type Rows<N extends FactId> = Parameters<typeof testCheck<N>>[1];
/** Rows name the facts of the runtime that they are about; the other runtimes are absent. */
type RuntimeRows<N extends FactId> = {
  readonly [S in keyof Rows<N>]: readonly (Omit<NonNullable<Rows<N>[S]>[number], 'facts'> & {
    readonly facts: Partial<Pick<FactValues, N>>;
  })[];
};

/** A rule that asks the runtime which the inventory names. */
export const testRuntimeCheck = <N extends FactId>(
  check: Check<N | RuntimeFact>,
  rows: RuntimeRows<N | RuntimeFact>,
) => {
  const absent = { containerd: absentContainerd, cri: {}, crio: absentCrio, docker: absentDocker, services: {} };
  const filled = Object.fromEntries(
    Object.entries(rows).map(([status, list]) => [
      status,
      list.map(row => ({ ...row, facts: { ...absent, ...row.facts } })),
    ]),
  );
  testCheck(check, filled as unknown as Rows<N | RuntimeFact>);
};

/** CRI-O as it answers where it runs; synthetic. */
export const crioRuns = (cgroupDriver: 'systemd' | 'cgroupfs') => {
  const unit = containerdService({ fragmentPath: '/usr/lib/systemd/system/crio.service' })['containerd.service'];
  const answer: CriAnswer = {
    answered: true,
    runtimeName: 'cri-o',
    runtimeVersion: '1.36.3',
    conditions: [],
    config: { sandboxImage: 'registry.k8s.io/pause:3.10.1' },
    cgroupDriver,
    handlers: [],
    sandboxes: 0,
  };
  return {
    crio: aCrio({}, { version: '1.36.3' }),
    cri: { '/run/crio/crio.sock': answer },
    services: unit === undefined ? {} : { 'crio.service': unit },
  };
};
