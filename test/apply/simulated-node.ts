import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { CgroupRootsChange, Change, FileChange, ServiceChange } from '../../src/changes/change.ts';
import { placeRun } from './engine-alone.ts';
import { fileChange, fileState, type HostRoot, makeHostRoot } from './host-root.ts';
import { stubs } from './simulated-systemd.ts';

export const RUN = '20261121-020000-aaaa';

/** A host root that stands for a node with a kubelet, a runtime and a pod, both on cgroupfs. */
export interface SimulatedNode extends HostRoot {
  /** Runs the engine to its end or its death, and answers its holds; `kill` = it dies there, `wait` = nobody answers, `keep` = go, with the pods left. */
  engine(mode: 'run' | 'recover' | 'rollback', answers?: Answers): Promise<void>;
  systemctl(verb: string, unit?: string): void;
  /** What happened to pods that may not; empty where all is well. */
  violations(): string;
  state(): {
    readonly kubelet: boolean;
    readonly containerd: boolean;
    readonly runtimeDriver: string;
    readonly podDriver: string | undefined;
    readonly paused: boolean;
    readonly trees: readonly string[];
  };
}

/** A word, or what is done before it is given. */
export type Answers = Readonly<Record<string, string | (() => string)>>;

const go: Answers = { 'drained-1': 'go', 'sandboxes-1': 'go', 'round-1': 'verify', verify: 'commit' };

export const makeSimulatedNode = (): SimulatedNode => {
  const host = makeHostRoot();
  const { root, tree, base } = host;
  const bin = join(root, 'bin');
  for (const directory of ['bin', 'state', 'cgroup/memory', 'cgroup/unified', 'tree/units'])
    mkdirSync(join(root, directory), { recursive: true });
  for (const hierarchy of ['memory', 'unified']) writeFileSync(join(root, 'cgroup', hierarchy, 'cgroup.procs'), '');
  for (const [name, text] of Object.entries(stubs(root))) {
    writeFileSync(join(bin, name), text);
    chmodSync(join(bin, name), 0o755);
  }
  writeFileSync(join(tree, 'kubelet.conf'), 'cgroupfs\n');
  writeFileSync(join(tree, 'containerd.conf'), 'cgroupfs\n');
  const env = { ...process.env, PATH: `${bin}:${process.env.PATH}` };
  const read = (path: string): string | undefined =>
    existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8').trim() : undefined;
  const systemctl = (verb: string, unit = ''): void => {
    spawnSync(join(bin, 'systemctl'), [verb, unit], { stdio: 'ignore', env });
  };
  const podLives = (): boolean => isAlive(Number(read('state/pod-pid') ?? 0));
  const killPod = (): void => {
    if (podLives()) process.kill(Number(read('state/pod-pid')), 'SIGKILL');
  };
  systemctl('boot');
  return {
    ...host,
    systemctl,
    violations: () => read('violations') ?? '',
    async engine(mode, answers = {}) {
      const directory = join(base, 'runs', RUN);
      // As who starts it does.
      rmSync(join(directory, 'answers'), { recursive: true, force: true });
      const child = spawn('setsid', ['-w', 'sh', join(directory, 'engine.sh'), mode, directory, 'none'], {
        stdio: 'ignore',
        env,
      });
      const ended = once(child, 'exit');
      let over = false;
      void ended.then(() => {
        over = true;
      });
      while (!over) {
        const hold = openHold(host.journal(RUN));
        const given = hold === undefined ? undefined : { ...go, ...answers }[hold];
        const answer = typeof given === 'function' ? given() : given;
        if (hold?.startsWith('sandboxes-') && answer === 'go') killPod();
        if (answer === 'kill') process.kill(Number(read(`base/runs/${RUN}/engine-pid`)?.split(' ')[0]), 'SIGKILL');
        else if (hold !== undefined && answer !== undefined && answer !== 'wait') {
          mkdirSync(join(directory, 'answers'), { recursive: true });
          writeFileSync(join(directory, 'answers', hold), `${answer === 'keep' ? 'go' : answer}\n`);
        }
        await (answer === 'kill' ? ended : Promise.race([ended, delay(10)]));
      }
    },
    state: () => ({
      kubelet: existsSync(join(root, 'state/kubelet.service.active')),
      containerd: existsSync(join(root, 'state/containerd.service.active')),
      runtimeDriver: read('state/runtime-driver') ?? '',
      podDriver: podLives() ? read('state/pod-driver') : undefined,
      paused: existsSync(join(base, 'paused/kubelet.service')) || existsSync(join(tree, 'units/kubelet.service.d')),
      trees: ['memory', 'unified'].flatMap(hierarchy =>
        ['kubepods', 'kubepods.slice'].filter(name => existsSync(join(root, 'cgroup', hierarchy, name))),
      ),
    }),
    remove() {
      killPod();
      host.remove();
    },
  };
};

const isAlive = (pid: number): boolean => {
  if (pid === 0) return false;
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    // It is gone.
    return false;
  }
};

const openHold = (journal: string): string | undefined => {
  const lines = journal.trimEnd().split('\n');
  const [, hold] = / hold (\S+) /.exec(lines.at(-1) ?? '') ?? [];
  return hold;
};

const common = {
  summary: 'a test',
  because: 'a test',
  disruption: 'drain',
  reversible: true,
  needsNoSandboxes: true,
} as const;

const service = (unit: string, rest: Partial<ServiceChange>): ServiceChange => ({
  ...common,
  kind: 'service',
  id: `service:${unit}:${rest.phase}`,
  target: unit,
  unit,
  phase: 'resume',
  before: { unitFileState: 'enabled', activeState: 'active' },
  ...rest,
});

const roots: CgroupRootsChange = {
  ...common,
  kind: 'cgroup-roots',
  id: 'cgroup-roots:kubepods',
  target: 'kubepods',
  phase: 'switch',
};

const driverFile = (host: HostRoot, name: string, rest: Partial<FileChange> = {}): FileChange =>
  fileChange(join(host.tree, name), fileState('cgroupfs\n'), 'systemd\n', {
    phase: 'switch',
    disruption: 'drain',
    needsNoSandboxes: true,
    ...rest,
  });

/** Both sides from cgroupfs to systemd, in upstream's order. */
export const driverRound = (host: HostRoot): readonly Change[] => [
  { ...service('kubelet.service', { phase: 'quiesce', active: false }), needsNoSandboxes: false },
  roots,
  driverFile(host, 'kubelet.conf'),
  driverFile(host, 'containerd.conf'),
  service('containerd.service', { action: 'restart' }),
  service('kubelet.service', { active: true }),
];

/** Units count as running at once, and holds wait for the test unless told otherwise. */
export const placeDriverRun = (host: HostRoot, { auto = false, tuning = '' } = {}): void => {
  const quick = 'SERVICE_STABLE=0\nPOD_TREES_SECONDS=2\n';
  placeRun(host, RUN, [driverRound(host)], { auto, tuning: quick + tuning });
};
