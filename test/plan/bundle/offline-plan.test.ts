import { describe, expect, test } from 'vitest';
import type { DesiredNode } from '../../../src/core/desired.ts';
import type { FactValues } from '../../../src/facts/index.ts';
import type { BundleManifest } from '../../../src/plan/bundle/manifest.ts';
import { type BundleContents, buildOfflinePlan } from '../../../src/plan/bundle/offline-plan.ts';
import { desiredNode } from '../../desired.ts';
import { aFile } from '../../host-file.ts';
import { bareFacts, observed } from '../facts.ts';

const sum = 'a'.repeat(64);
const content = (file: string) => ({ file, sha256: sum, bytes: 1 });
const packageOf = (name: string, version: string) => ({
  ...{ name, version, architecture: 'amd64' },
  ...content(`packages/debian-13-x86_64/${name}.deb`),
});
const trixie: BundleManifest['releases'][number] = {
  ...{ id: 'debian', versionId: '13', codename: 'trixie', machine: 'x86_64', architecture: 'amd64' },
  packageManager: 'apt',
  from: 'connected',
  wanted: [{ name: 'containerd', version: '1.7.30' }],
  index: content('packages/debian-13-x86_64/Packages'),
  packages: [packageOf('containerd', '1.7.30'), packageOf('runc', '1.1')],
};
const bundle = (rest: Partial<BundleContents> = {}): BundleContents => ({
  schemaVersion: 1,
  tool: { name: 'nodeprep', version: '0.0.0' },
  madeAt: '2026-11-21T02:00:00.000Z',
  inventorySha256: sum,
  hosts: ['host'],
  releases: [trixie],
  archives: [],
  directory: '/bundle',
  ...rest,
});
const plan = (desired: DesiredNode, contents = bundle(), facts: Partial<FactValues> = {}) =>
  buildOfflinePlan(observed(facts), desired, contents, {
    withoutDrain: false,
    allowIrreversible: false,
    mask: text => text,
  });
const changesOf = (found: ReturnType<typeof plan>) =>
  found.changes.flatMap(change => (change.kind === 'package' ? [`${change.name} ${change.version}`] : []));

describe('a host that reaches nothing', () => {
  test('gets what the bundle has, however old its own package lists are', () => {
    const found = plan(desiredNode(), bundle(), {
      packages: { ...bareFacts.packages, listsUpdatedSeconds: null },
    });
    expect(found.refusals).toEqual([]);
    expect(changesOf(found)).toEqual(['containerd 1.7.30']);
  });

  test('gets no repository for packages of upstream', () => {
    const release = { ...trixie, wanted: [], packages: [packageOf('containerd.io', '2.1.5-1')] };
    const found = plan(desiredNode({ runtime: { source: 'upstream' } }), bundle({ releases: [release] }));
    expect(found.refusals).toEqual([]);
    expect(changesOf(found)).toEqual(['containerd.io 2.1.5-1']);
    expect(found.changes.map(({ kind }) => kind)).not.toContain('repository-key');
  });

  test.each([
    [
      'of another release',
      { ...trixie, versionId: '12', codename: 'bookworm' },
      'the bundle holds packages for debian 12 (bookworm) x86_64, and this host is debian 13 (trixie) x86_64',
    ],
    ['of another machine', { ...trixie, machine: 'aarch64' }, 'for debian 13 (trixie) aarch64, and this host is'],
    ['without the package', { ...trixie, packages: [] }, 'no package containerd for debian 13 (trixie) x86_64'],
  ])('is refused with a bundle %s', (_what, release, said) => {
    const { refusals } = plan(desiredNode(), bundle({ releases: [release] }));
    expect(refusals).toEqual([
      expect.objectContaining({ code: 'plan-refused', message: expect.stringContaining(said) }),
    ]);
  });

  test('is refused with a bundle of another version, and told which it has', () => {
    const { refusals } = plan(desiredNode({ runtime: { version: '2.1' } }));
    expect(refusals[0]?.message).toBe('containerd 2.1 is not on offer: the bundle has 1.7.30');
  });

  test('has nothing to do where it is as desired, whatever the bundle holds', () => {
    const installed = { ...bareFacts.packages, installed: { containerd: '1.7.24' } };
    const { refusals } = plan(desiredNode(), bundle({ releases: [] }), { packages: installed });
    expect(refusals.map(({ message }) => message).join()).not.toContain('bundle');
  });

  describe("and what CRI-O's image comes by", () => {
    const image = 'registry.k8s.io/pause:3.10.1';
    const crio = desiredNode({ runtime: { name: 'cri-o', source: 'upstream', version: '1.36', sandboxImage: image } });
    const pulled = {
      image,
      machine: 'x86_64',
      digest: sum,
      source: 'https://mirror.example',
      ...content('archives/p'),
    };
    const held = (...names: readonly string[]) => {
      const packages = names.map(name => packageOf(name, name === 'cri-o' ? '1.36.1-1.1' : '1.18.0'));
      return bundle({ releases: [{ ...trixie, wanted: [], packages }], images: [pulled] });
    };
    const file = aFile('/etc/crictl.yaml', undefined);
    const crictlConfig = { file, runtimeEndpoint: undefined, imageEndpoint: undefined, problem: undefined };
    const facts = { tools: { podman: null, skopeo: null }, crictlConfig };

    test('has it from the bundle', () => {
      const found = plan(crio, held('cri-o', 'skopeo'), facts);
      expect(found.refusals).toEqual([]);
      expect(changesOf(found)).toEqual(['cri-o 1.36.1-1.1', 'skopeo 1.18.0']);
    });

    test('is refused where the bundle was made without it, and told the ways out', () => {
      expect(plan(crio, held('cri-o'), facts).refusals).toMatchObject([
        { code: 'plan-refused', message: expect.stringMatching(/podman or skopeo, .*: the bundle has nothing$/) },
      ]);
      expect(changesOf(plan(crio, { ...held('cri-o'), images: [] }, facts))).toEqual(['cri-o 1.36.1-1.1']);
    });
  });

  describe('and archives', () => {
    const url = 'https://example.com/pause.tar';
    const desired = desiredNode({
      runtime: { archives: { sandboxImage: { source: { from: 'url', url }, sha256: sum } } },
    });
    const answer = {
      answered: true,
      runtimeName: 'containerd',
      runtimeVersion: '1.7.24',
      conditions: [],
      config: undefined,
      cgroupDriver: null,
      handlers: [],
      sandboxes: 0,
      images: [{ names: ['docker.io/library/busybox:latest'], pinned: false }],
    } as const;
    const cri = { '/run/containerd/containerd.sock': answer };

    test('takes them from the bundle', () => {
      const archives = [{ component: 'sandboxImage', source: url, ...content('archives/aaaa-pause.tar') }];
      const { changes } = plan(desired, bundle({ archives }), { cri });
      expect(changes).toContainEqual(
        expect.objectContaining({ kind: 'image', source: { from: 'file', path: '/bundle/archives/aaaa-pause.tar' } }),
      );
    });

    test('is refused where the bundle lacks one that is needed, and only then', () => {
      const { refusals } = plan(desired, bundle(), { cri });
      expect(refusals[0]?.message).toBe(
        'the bundle does not hold the archive of sandboxImage with sha256 aaaaaaaaaaaa… (https://example.com/pause.tar)',
      );
      const images = [{ names: [desired.runtime.sandboxImage], pinned: true }];
      const there = plan(desired, bundle(), { cri: { '/run/containerd/containerd.sock': { ...answer, images } } });
      expect(there.refusals).toEqual([]);
      expect(there.changes.map(({ kind }) => kind)).not.toContain('image');
    });
  });
});
