import { describe, expect, test } from 'vitest';
import type { Change, FileChange } from '../../../src/changes/change.ts';
import { known } from '../../../src/core/observed.ts';
import type { ClusterWide } from '../../../src/installers/installer.ts';
import { kubelet as installer } from '../../../src/installers/kubelet/installer.ts';
import { debian } from '../../../src/os/debian.ts';
import { type DesiredOverrides, desiredNode } from '../../desired.ts';
import { aKubelet, type KubeletOverrides, kubeletConfig, kubeletStart, root } from '../../kubelet.ts';
import { criAnswer, kubeletService } from '../../kubelet-node.ts';
import { aService, observed, type PlanFacts } from '../../plan/facts.ts';

const config = '/var/lib/kubelet/config.yaml';
const flagsEnv = '/var/lib/kubelet/kubeadm-flags.env';
const instance = '/var/lib/kubelet/instance-config.yaml';

const joined = (kubeletVersion = '1.34.3') => ({
  joined: true,
  evidence: '/etc/kubernetes/kubelet.conf',
  foreign: undefined,
  kubeletVersion,
});

const factsOf = (kubelet: KubeletOverrides, extra: Partial<PlanFacts> = {}): Partial<PlanFacts> => {
  const value = aKubelet(kubelet);
  return {
    clusterState: joined(),
    kubelet: value,
    cri: { '/run/containerd/containerd.sock': criAnswer(null) },
    services: {
      'containerd.service': aService({ startedAtSeconds: kubeletStart - 10 }),
      'kubelet.service': { ...kubeletService, activeState: value.unit.activeState },
    },
    ...extra,
  };
};

const plan = (
  kubelet: KubeletOverrides,
  desired: DesiredOverrides = {},
  extra: Partial<PlanFacts> = {},
  cluster: ClusterWide = {},
) => installer.plan(observed(factsOf(kubelet, extra)), desiredNode(desired), debian, cluster);

const fileOf = (changes: readonly Change[], path: string): FileChange => {
  const change = changes.find(found => found.kind === 'file' && found.path === path);
  if (change?.kind !== 'file') throw new Error(`no change of ${path}: ${changes.map(({ id }) => id).join()}`);
  return change;
};
const textOf = (changes: readonly Change[], path: string): string => {
  const { after } = fileOf(changes, path);
  if (after.state !== 'file') throw new Error(after.state);
  return after.text;
};
const ids = (changes: readonly Change[]) => changes.map(({ id }) => id);
const service = 'service:kubelet.service';

const onCgroupfs: KubeletOverrides = {
  files: { [config]: kubeletConfig.replace('systemd', 'cgroupfs') },
  cgroupRoots: [root('cgroupfs', false)],
};

describe('nothing is done', () => {
  test('to a node that is as desired', () => expect(plan({}).changes).toEqual([]));

  test.each<[string, Partial<PlanFacts>]>([
    ['to a host that has not joined', { clusterState: { ...joined(), joined: false } }],
    ['where there is no kubelet', { kubelet: aKubelet({ installed: false }) }],
    [
      'where there is no unit',
      { kubelet: aKubelet({ unit: { loadState: 'not-found', activeState: 'inactive', restarts: 0 } }) },
    ],
    [
      'where the unit is masked',
      { kubelet: aKubelet({ unit: { loadState: 'masked', activeState: 'inactive', restarts: 0 } }) },
    ],
  ])('%s', (_, extra) => expect(plan(onCgroupfs, {}, extra)).toMatchObject({ changes: [], refusals: [] }));

  test('about an endpoint that is spelled in another way', () => {
    const text =
      'KUBELET_KUBEADM_ARGS="--container-runtime-endpoint=/run/containerd/containerd.sock --pod-infra-container-image=registry.k8s.io/pause:3.10.1"\n';
    expect(plan({ files: { [flagsEnv]: text } }).changes).toEqual([]);
  });

  test('to a kubelet that takes its driver from the runtime and whose files say nothing', () => {
    const files = { [config]: kubeletConfig.replace('cgroupDriver: systemd\n', '') };
    const cri = { '/run/containerd/containerd.sock': criAnswer('systemd') };
    expect(plan({ files }, {}, { cri }).changes).toEqual([]);
  });
});

describe('cgroup driver', () => {
  test('set in place, comments and foreign keys stay; a drain, and never under sandboxes', () => {
    const { changes, originals } = plan(onCgroupfs);
    expect(ids(changes)).toEqual([`file:${config}`, service]);
    expect(textOf(changes, config)).toBe(kubeletConfig);
    expect(originals?.[config]).toBe(onCgroupfs.files?.[config]);
    expect(changes[0]).toMatchObject({
      phase: 'switch',
      disruption: 'drain',
      needsNoSandboxes: true,
      summary: 'kubelet cgroupDriver = systemd',
      before: { state: 'file', mode: '0644', uid: 0, gid: 0 },
      after: { mode: '0644', uid: 0, gid: 0 },
    });
    expect(changes[1]).toMatchObject({
      phase: 'resume',
      action: 'restart',
      disruption: 'drain',
      needsNoSandboxes: true,
      because: expect.stringContaining(
        'the kubelet runs with cgroupfs (cgroup kubepods is there and no other), not systemd',
      ),
    });
  });

  test('a killed run leaves exactly the restart: the file is right, what runs is not', () => {
    const { changes } = plan({ cgroupRoots: [root('cgroupfs', false)], newer: [config] });
    expect(ids(changes)).toEqual([service]);
    expect(changes[0]).toMatchObject({ needsNoSandboxes: true, disruption: 'drain' });
  });

  test('what runs is right and the file is not: a restart without drain', () => {
    const { changes } = plan({ ...onCgroupfs, cgroupRoots: [root('systemd', true)] });
    expect(ids(changes)).toEqual([`file:${config}`, service]);
    expect(changes.map(({ disruption }) => disruption)).toEqual(['restart', 'restart']);
    expect(changes.some(({ needsNoSandboxes }) => needsNoSandboxes)).toBe(false);
  });

  test('said outright where it is missing and the runtime does not tell it', () => {
    const files = { [config]: kubeletConfig.replace('cgroupDriver: systemd\n', '') };
    const { changes } = plan(
      { files, cgroupRoots: [root('cgroupfs', true)] },
      { runtime: { cgroupDriver: 'cgroupfs' } },
    );
    expect(textOf(changes, config)).toContain('\ncgroupDriver: cgroupfs\n');
    expect(changes.map(({ disruption }) => disruption)).toEqual(['restart', 'restart']);
  });

  test('a kubelet that follows its runtime restarts with it, its files say nothing still', () => {
    const files = { [config]: kubeletConfig.replace('cgroupDriver: systemd\n', '') };
    const cri = { '/run/containerd/containerd.sock': criAnswer('cgroupfs') };
    const { changes } = plan({ files, cgroupRoots: [root('cgroupfs', true)] }, {}, { cri });
    expect(ids(changes)).toEqual([service]);
    expect(changes[0]).toMatchObject({ needsNoSandboxes: true });
  });

  test('in the file that wins: a drop-in, an environment file', () => {
    const dropIn = '/etc/kubelet.d/20-cgroup.conf';
    const files = {
      '/etc/default/kubelet': 'KUBELET_EXTRA_ARGS=--config-dir=/etc/kubelet.d\n',
      [dropIn]:
        'apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\ncgroupDriver: cgroupfs # here\n',
    };
    const byDropIn = plan({ files, cgroupRoots: [root('cgroupfs', false)] }).changes;
    expect(ids(byDropIn)).toEqual([`file:${dropIn}`, service]);
    expect(textOf(byDropIn, dropIn)).toContain('cgroupDriver: systemd # here');

    const flag = { '/etc/default/kubelet': '# extra\nKUBELET_EXTRA_ARGS="--v=2 --cgroup-driver=cgroupfs"\n' };
    const byFlag = plan({ files: flag, cgroupRoots: [root('cgroupfs', false)] }).changes;
    expect(ids(byFlag)).toEqual(['file:/etc/default/kubelet', service]);
    expect(textOf(byFlag, '/etc/default/kubelet')).toBe(
      '# extra\nKUBELET_EXTRA_ARGS="--v=2 --cgroup-driver=systemd"\n',
    );
  });

  test.each<[string, NonNullable<KubeletOverrides['files']>, RegExp]>([
    [
      'a flag in a unit',
      {
        '/etc/systemd/system/kubelet.service.d/20.conf':
          '[Service]\nEnvironment=KUBELET_EXTRA_ARGS=--cgroup-driver=cgroupfs\n',
      },
      /--cgroup-driver in \/etc\/systemd\/system\/kubelet\.service\.d\/20\.conf:2 wins/,
    ],
    ['a file that is no YAML', { [config]: 'cgroupDriver: [\n' }, /not a mapping in YAML/],
    [
      'a key that is there twice',
      { [config]: 'cgroupDriver: cgroupfs\ncgroupDriver: cgroupfs\n' },
      /duplicated mapping key/,
    ],
    [
      'a wrapper',
      { '/etc/systemd/system/kubelet.service.d/20.conf': '[Service]\nExecStart=\nExecStart=/opt/run.sh\n' },
      /by its name/,
    ],
  ])('refused: %s', (_, files, message) => {
    const { changes, refusals } = plan({ files, cgroupRoots: [root('cgroupfs', false)] });
    expect(changes).toEqual([]);
    expect(refusals).toMatchObject([{ code: 'plan-refused', message: expect.stringMatching(message) }]);
  });

  test('a link is not replaced', () => {
    const kubelet = aKubelet(onCgroupfs);
    const files = kubelet.files.map(file =>
      file.path === config ? { ...file, type: 'symlink' as const, linkTarget: '/srv/kubelet.yaml' } : file,
    );
    expect(plan({}, {}, { kubelet: { ...kubelet, files } }).refusals[0]?.message).toMatch(/is a symlink to \/srv/);
  });
});

describe('a host that differs from the cluster', () => {
  const wish: DesiredOverrides = { runtime: { cgroupDriver: 'cgroupfs' } };
  const cluster: ClusterWide = { cgroupDriver: 'systemd' };
  const dropIns = { '/etc/default/kubelet': 'KUBELET_EXTRA_ARGS=--config-dir=/etc/kubelet.d\n' };

  test('a drop-in where its kubelet reads them: kubeadm leaves it alone', () => {
    const { changes } = plan({ files: dropIns }, wish, {}, cluster);
    expect(ids(changes)).toEqual(['file:/etc/kubelet.d/99-zz-nodeprep.conf', service]);
    expect(textOf(changes, '/etc/kubelet.d/99-zz-nodeprep.conf')).toMatch(
      /^# Written by nodeprep.*\napiVersion: kubelet\.config\.k8s\.io\/v1beta1\n(cgroupDriver: cgroupfs\n)?kind: KubeletConfiguration\n/,
    );
    expect(textOf(changes, '/etc/kubelet.d/99-zz-nodeprep.conf')).toContain('cgroupDriver: cgroupfs\n');
  });

  test('config.yaml where a patch of kubeadm’s says the same', () => {
    const files = { '/etc/kubernetes/patches/kubeletconfiguration+merge.yaml': 'cgroupDriver: cgroupfs\n' };
    expect(ids(plan({ files }, wish, {}, cluster).changes)).toEqual([`file:${config}`, service]);
  });

  test('nothing where the runtime tells it: what kubeadm writes does not count', () => {
    const cri = { '/run/containerd/containerd.sock': criAnswer('cgroupfs') };
    expect(plan({ cgroupRoots: [root('cgroupfs', true)] }, wish, { cri }, cluster).changes).toEqual([]);
  });

  test('else refused, with the ways out', () => {
    expect(plan({}, wish, {}, cluster)).toMatchObject({
      changes: [],
      refusals: [{ code: 'plan-refused', hint: expect.stringMatching(/--config-dir=.*--patches=/) }],
    });
  });

  test('a gate that is off in 1.34 keeps the endpoint in the flag', () => {
    const { changes } = plan({}, { runtime: { name: 'cri-o' } }, {}, { nodeLocalCriSocket: false });
    expect(ids(changes)).toEqual([`file:${flagsEnv}`, service]);
  });
});

describe('a kubelet that does not run', () => {
  const looping: KubeletOverrides = {
    running: undefined,
    unit: { loadState: 'loaded', activeState: 'activating', restarts: 40 },
  };
  test('is restarted where a file of it is mended, without drain where its pods have the right driver', () => {
    const { changes } = plan(looping, {}, { clusterState: joined('1.35.1') });
    expect(ids(changes)).toEqual([`file:${flagsEnv}`, service]);
    expect(textOf(changes, flagsEnv)).not.toContain('pod-infra');
    expect(changes.map(({ disruption }) => disruption)).toEqual(['restart', 'restart']);
  });
  test('with a drain where pods of the other driver may be left', () => {
    const { changes } = plan({ ...looping, ...onCgroupfs });
    expect(changes.map(({ disruption }) => disruption)).toEqual(['drain', 'drain']);
  });
  test('with a drain where pods of the other runtime may be left', () => {
    const { changes } = plan(
      looping,
      { runtime: { name: 'cri-o' } },
      { cri: { '/run/containerd/containerd.sock': criAnswer(null, 2) } },
    );
    expect(fileOf(changes, config).disruption).toBe('drain');
  });
  test('is left alone where nothing is wrong with its files, or where somebody stopped it', () => {
    expect(plan(looping).changes).toEqual([]);
    const stopped = { ...looping, unit: { loadState: 'loaded', activeState: 'inactive', restarts: 0 } };
    expect(ids(plan({ ...stopped, ...onCgroupfs }).changes)).toEqual([`file:${config}`]);
  });
});

describe('endpoint of the runtime', () => {
  const desired: DesiredOverrides = { runtime: { name: 'cri-o' } };
  const crio = 'unix:///var/run/crio/crio.sock';

  test('1.34: the flag goes, config.yaml and instance-config.yaml have it', () => {
    const { changes } = plan({}, desired);
    expect(textOf(changes, flagsEnv)).toBe(
      'KUBELET_KUBEADM_ARGS="--pod-infra-container-image=registry.k8s.io/pause:3.10.1"\n',
    );
    expect(textOf(changes, config)).toContain(`containerRuntimeEndpoint: "${crio}"\n`);
    expect(textOf(changes, instance)).toBe(`containerRuntimeEndpoint: ${crio}\n`);
    expect(fileOf(changes, instance)).toMatchObject({ before: { state: 'absent' }, disruption: 'none' });
    const emptied = { disruption: 'drain', needsNoSandboxes: true };
    expect(fileOf(changes, config)).toMatchObject(emptied);
    expect(fileOf(changes, instance).needsNoSandboxes).toBeUndefined();
    expect(changes.at(-1)).toMatchObject({ id: service, ...emptied });
  });

  test('before 1.34 and without instance-config.yaml: kubeadm keeps it in the flag', () => {
    const { changes } = plan({}, desired, { clusterState: joined('1.33.2') });
    expect(ids(changes)).toEqual([`file:${flagsEnv}`, service]);
    expect(textOf(changes, flagsEnv)).toContain(`--container-runtime-endpoint=${crio} --pod-infra`);
  });

  test('1.33 with the gate on, as its file shows', () => {
    const files = { [instance]: '# kubeadm\ncontainerRuntimeEndpoint: "unix:///run/containerd/containerd.sock"\n' };
    const { changes } = plan({ files }, desired, { clusterState: joined('1.33.2') });
    expect(textOf(changes, flagsEnv)).not.toContain('container-runtime-endpoint');
    expect(textOf(changes, instance)).toBe(`# kubeadm\ncontainerRuntimeEndpoint: "${crio}"\n`);
  });

  test('a record that names another runtime is mended without a restart', () => {
    const { changes } = plan({ files: { [instance]: `containerRuntimeEndpoint: ${crio}\n` } });
    expect(changes).toMatchObject([{ id: `file:${instance}`, disruption: 'none' }]);
  });

  test('no record of kubeadm, none written', () => {
    const { changes } = plan({ files: { [flagsEnv]: undefined } }, desired);
    expect(ids(changes)).toEqual([`file:${config}`, service]);
  });
});

describe('swap and pause image', () => {
  const swap = {
    active: [{ device: '/swap', type: 'file', usedKib: 0, sizeKib: 1 }],
    fstab: [],
    fstabFile: aKubelet().files[0],
    units: [],
    zramConfig: undefined,
  } as unknown as PlanFacts['swap'];

  test('failSwapOn only where the inventory leaves swap to the kubelet and there is some', () => {
    const { changes } = plan({}, { swap: 'kubelet' }, { swap });
    expect(textOf(changes, config)).toContain('\nfailSwapOn: false\n');
    expect(plan({}, { swap: 'kubelet' }).changes).toEqual([]);
    expect(plan({}, { swap: 'keep' }, { swap }).changes).toEqual([]);
    expect(plan({}, { swap: 'off' }, { swap }).changes).toEqual([]);
  });

  test('on cgroup v1 the kubelet has no swap, so nothing is set', () => {
    const cgroups = { version: 'v1', controllers: [], boundElsewhere: [], freezer: true } as const;
    expect(plan({}, { swap: 'kubelet' }, { swap, cgroups }).changes).toEqual([]);
  });

  test('the flag follows the sandbox image before 1.35', () => {
    const { changes } = plan({}, { runtime: { sandboxImage: 'registry.example/pause:3.11' } });
    expect(textOf(changes, flagsEnv)).toContain('--pod-infra-container-image=registry.example/pause:3.11"');
    expect(changes.at(-1)).toMatchObject({ id: service, disruption: 'restart' });
  });

  describe('where nobody says it', () => {
    const unsaid = {
      [flagsEnv]: 'KUBELET_KUBEADM_ARGS="--container-runtime-endpoint=unix:///run/containerd/containerd.sock"\n',
    };
    const bookworm = (pinned?: boolean): PlanFacts['cri'] => ({
      '/run/containerd/containerd.sock': {
        ...criAnswer(null),
        runtimeVersion: '1.6.20',
        ...(pinned === undefined ? {} : { images: [{ names: ['registry.k8s.io/pause:3.9'], pinned }] }),
      } as PlanFacts['cri'][string],
    });
    const planned = (version: string, cri: PlanFacts['cri'], files: KubeletOverrides['files'] = unsaid) =>
      plan(
        { files },
        { kubernetesVersion: version, runtime: { sandboxImage: 'registry.k8s.io/pause:3.9' } },
        { cri, clusterState: joined(`${version}.3`) },
      ).changes;

    test('up to 1.28 it is said for a runtime that pins no image, and the kubelet restarted', () => {
      const changes = planned('1.28', bookworm());
      expect(textOf(changes, flagsEnv)).toContain(
        'containerd.sock --pod-infra-container-image=registry.k8s.io/pause:3.9"\n',
      );
      expect(ids(changes)).toEqual([`file:${flagsEnv}`, service]);
      expect(changes.at(-1)).toMatchObject({ disruption: 'restart' });
    });

    test('nor a file of kubeadm: where the packages have theirs', () => {
      const files = { [flagsEnv]: undefined, '/etc/default/kubelet': 'KUBELET_EXTRA_ARGS=\n' };
      expect(textOf(planned('1.28', bookworm(), files), '/etc/default/kubelet')).toBe(
        'KUBELET_EXTRA_ARGS="--pod-infra-container-image=registry.k8s.io/pause:3.9"\n',
      );
    });

    test.each<[string, string, PlanFacts['cri']]>([
      ['from 1.29 on, where it does nothing', '1.29', bookworm()],
      ['for a runtime that pins its image', '1.28', { '/run/containerd/containerd.sock': criAnswer(null) }],
      ['for an image that is pinned', '1.28', bookworm(true)],
      ['for a runtime that does not answer', '1.28', {}],
    ])('it is not said %s', (_, version, cri) =>
      expect(planned(version, cri).filter(({ id }) => id === `file:${flagsEnv}`)).toEqual([]),
    );
  });

  test('and goes before a kubelet comes that does not know it', () => {
    const files = { '/etc/default/kubelet': 'KUBELET_EXTRA_ARGS="--pod-infra-container-image=x:1 --v=1"\n' };
    const { changes } = plan({ files }, { kubernetesVersion: '1.35' });
    expect(textOf(changes, '/etc/default/kubelet')).toBe('KUBELET_EXTRA_ARGS="--v=1"\n');
    expect(textOf(changes, flagsEnv)).not.toContain('pod-infra');
  });
});

test('nothing is planned on a fact that is unknown', () => {
  const facts = { ...observed(factsOf({})), kubelet: { known: false as const, reason: 'needs root: x' } };
  expect(installer.plan(facts, desiredNode(), debian).refusals).toMatchObject(
    [{ message: /needs root/ }].map(() => ({ code: 'plan-refused' })),
  );
  const unsure = { ...facts, clusterState: known({ ...joined(), joined: false }) };
  expect(installer.plan(unsure, desiredNode(), debian).refusals).toEqual([]);
});
