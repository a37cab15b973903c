import { describe, expect, test } from 'vitest';
import { containerdSocket } from '../../../src/facts/containerd-in-force.ts';
import type { CriAnswer } from '../../../src/facts/cri.ts';
import { gapsInForce, type RunningContainerd } from '../../../src/installers/containerd/in-force.ts';
import { planService } from '../../../src/installers/containerd/service.ts';
import { desiredNode } from '../../desired.ts';
import { aFile } from '../../host-file.ts';
import { aService, noContainerd, now } from '../../plan/facts.ts';

const { runtime } = desiredNode();

const dump = (systemd: boolean, image: string) => `version = 2
[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "${image}"
[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "/usr/lib/cni"
[plugins."io.containerd.grpc.v1.cri".containerd]
default_runtime_name = "runc"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
SystemdCgroup = ${systemd}
`;

const answer = (systemd: boolean, image: string | undefined): CriAnswer => ({
  answered: true,
  runtimeName: 'containerd',
  runtimeVersion: '1.7.24',
  conditions: [],
  config: {
    ...(image === undefined ? {} : { sandboxImage: image }),
    containerd: {
      defaultRuntimeName: 'runc',
      runtimes: { runc: { runtimeType: 'io.containerd.runc.v2', options: { SystemdCgroup: systemd } } },
    },
  },
  cgroupDriver: null,
  handlers: [],
  sandboxes: 0,
});

const running = (parts: {
  readonly dump?: string;
  readonly writtenAt?: number;
  readonly answer?: CriAnswer;
  readonly writes?: boolean;
  readonly replacedPids?: readonly number[];
}): RunningContainerd => ({
  containerd: {
    ...noContainerd,
    binary: '/usr/bin/containerd',
    config: aFile('/etc/containerd/config.toml', 'x', parts.writtenAt ?? now - 100),
    dump: parts.dump,
    dumpError: parts.dump === undefined ? 'exit code 1' : undefined,
    version: '1.7.30',
    replacedPids: parts.replacedPids ?? [],
  },
  unit: aService({ startedAtSeconds: now - 60 }),
  cri: parts.answer === undefined ? {} : { [containerdSocket]: parts.answer },
  writes: parts.writes ?? false,
});

const good = runtime.sandboxImage;
const reasons = (parts: Parameters<typeof running>[0], desired = runtime) =>
  gapsInForce(running(parts), ['runc'], desired).map(({ reason }) => reason);

describe('a restart follows from what is in force', () => {
  test.each<[string, Parameters<typeof running>[0], readonly RegExp[]]>([
    ['CRI tells all, and it is right', { answer: answer(true, good) }, []],
    ['CRI tells all, and the driver is not', { answer: answer(false, good) }, [/runc is cgroupfs, not systemd/]],
    ['CRI tells all, and the image is not', { answer: answer(true, 'old:1') }, [/sandbox image in force is old:1/]],
    ['CRI is right though the file is newer', { answer: answer(true, good), writtenAt: now }, []],
    [
      '2.x: the image from a dump older than the daemon',
      { answer: answer(true, undefined), dump: dump(true, good) },
      [],
    ],
    [
      '2.x: the image from a newer dump',
      { answer: answer(true, undefined), dump: dump(true, good), writtenAt: now },
      [/image in force cannot be told.*newer/],
    ],
    ['written in the second of the start', { dump: dump(true, good), writtenAt: now - 60 }, []],
    ['no CRI, the dump is right', { dump: dump(true, good) }, []],
    ['no CRI, the dump is wrong', { dump: dump(false, good) }, [/cgroupfs/]],
    ['no CRI, no dump', {}, [/driver in force cannot be told: exit code 1/, /image in force cannot be told/]],
    [
      'no CRI in the daemon',
      { answer: { answered: false, reason: 'unknown service runtime.v1.RuntimeService' }, dump: dump(true, good) },
      [/serves no CRI/],
    ],
    ['no bridge to ask CRI over', { answer: { answered: false, reason: 'no bridge' }, dump: dump(true, good) }, []],
    [
      'right, but only the dump shows it and the file is written now',
      { dump: dump(true, good), writes: true },
      [/only once containerd has read/],
    ],
    [
      'right, by the daemon of a package that has been upgraded since',
      { answer: answer(true, good), replacedPids: [100] },
      [/another version than 1\.7\.30 is still running/],
    ],
    ['right, and another containerd of the host is old', { answer: answer(true, good), replacedPids: [99] }, []],
    ['right by CRI alone, and the file is written now', { answer: answer(true, good), writes: true }, []],
  ])('%s', (_, parts, expected) => {
    expect(reasons(parts)).toEqual(expected.map(pattern => expect.stringMatching(pattern)));
  });

  test('a daemon without CRI: whether the driver moves is told by a dump that it has read, else it may', () => {
    const silent: CriAnswer = { answered: false, reason: 'what listens there does not serve CRI runtime.v1' };
    const moves = (parts: Parameters<typeof running>[0]) =>
      gapsInForce(running({ ...parts, answer: silent }), ['runc'], runtime).map(({ driver }) => driver);
    expect(moves({ dump: dump(true, good) })).toEqual([false]);
    expect(moves({ dump: dump(false, good) })).toEqual([true]);
    expect(moves({ dump: dump(true, good), writtenAt: now })).toEqual([true]);
  });

  test('labels of containers count where the inventory says something of them', () => {
    const told = (enableSelinux: boolean): CriAnswer => {
      const said = answer(true, good);
      return said.answered ? { ...said, config: { ...(said.config as object), enableSelinux } } : said;
    };
    const gap = 'enable_selinux in force is false, not true';
    expect(reasons({ answer: told(false) })).toEqual([]);
    expect(reasons({ answer: told(false) }, { ...runtime, selinux: true })).toEqual([gap]);
    expect(reasons({ answer: told(true), writes: true }, { ...runtime, selinux: true })).toEqual([]);
    const found = gapsInForce(running({ answer: told(false) }), ['runc'], { ...runtime, selinux: true });
    expect(planService(aService(), found, true)).toMatchObject([{ action: 'restart', disruption: 'drain' }]);
  });

  test('the CNI directory counts where the inventory names one', () => {
    const parts = { answer: answer(true, good), dump: dump(true, good) };
    expect(reasons(parts, { ...runtime, cniBinDir: '/usr/lib/cni' })).toEqual([]);
    expect(reasons(parts, { ...runtime, cniBinDir: '/opt/cni/bin' })).toEqual([
      expect.stringContaining('/usr/lib/cni'),
    ]);
  });
});

describe('the unit', () => {
  const gap = { reason: 'r', driver: true };

  test.each<[string, Parameters<typeof aService>[0], boolean, object | undefined]>([
    ['runs and is right', {}, false, undefined],
    ['runs and is not', {}, true, { action: 'restart', disruption: 'restart', needsNoSandboxes: true, because: 'r' }],
    ['is disabled', { unitFileState: 'disabled' }, false, { enabled: true, disruption: 'none' }],
    ['is stopped: a start reads the files', { activeState: 'inactive' }, true, { active: true, disruption: 'none' }],
    ['fails over and over', { activeState: 'activating' }, true, { active: true }],
    [
      'is masked',
      { unitFileState: 'masked', activeState: 'inactive' },
      false,
      { masked: false, enabled: true, active: true },
    ],
  ])('%s', (_, unit, hasGap, expected) => {
    const changes = planService(aService(unit), hasGap ? [gap] : [], false);
    expect(changes).toEqual(expected === undefined ? [] : [expect.objectContaining(expected)]);
  });

  test('of a joined node drains for another driver', () => {
    expect(planService(aService(), [gap], true)).toMatchObject([{ disruption: 'drain' }]);
  });
});
