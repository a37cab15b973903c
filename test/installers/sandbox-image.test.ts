import { describe, expect, test } from 'vitest';
import { criSocketOf } from '../../src/core/cri-endpoint.ts';
import type { DesiredRuntime } from '../../src/core/desired.ts';
import { known } from '../../src/core/observed.ts';
import type { RuntimeName } from '../../src/core/runtimes/index.ts';
import type { FactValues } from '../../src/facts/index.ts';
import { sandboxImage } from '../../src/installers/sandbox-image.ts';
import { debian } from '../../src/os/debian.ts';
import { desiredNode } from '../desired.ts';
import { bareFacts, observed } from '../plan/facts.ts';

const archive = { source: { from: 'file', path: '/pause.tar' }, sha256: 'a'.repeat(64) } as const;
const skopeo = { candidate: '1.18.0+ds1-1', versions: ['1.18.0+ds1-1'], kept: [] };
const running = (name: RuntimeName, names: readonly string[] = []): FactValues['cri'] => ({
  [criSocketOf(name)]: {
    answered: true,
    runtimeName: name,
    runtimeVersion: '1.36.1',
    conditions: [],
    config: undefined,
    cgroupDriver: null,
    handlers: [],
    sandboxes: 0,
    images: [{ names, pinned: false }],
  },
});
const planned = (runtime: Partial<DesiredRuntime>, facts: Partial<FactValues> = {}, offers = { skopeo }) =>
  sandboxImage.plan(
    { ...observed({ tools: { podman: null, skopeo: null }, ...facts }), candidates: known(offers) },
    desiredNode({ runtime: { archives: { sandboxImage: archive }, ...runtime } }),
    debian,
  );
const crio = { name: 'cri-o', source: 'upstream', version: '1.36' } as const;
const summaries = ({ changes }: ReturnType<typeof planned>) => changes.map(({ kind, target }) => `${kind} ${target}`);

describe('the sandbox image from a file', () => {
  test('is announced before the runtime is there, loaded once it answers, and left alone where it is', () => {
    const before = planned({});
    expect(before).toMatchObject({ changes: [], later: [{ target: 'registry.k8s.io/pause:3.10.1' }], refusals: [] });
    const then = planned({}, { cri: running('containerd') });
    expect(summaries(then)).toEqual(['image registry.k8s.io/pause:3.10.1']);
    const there = planned({}, { cri: running('containerd', ['registry.k8s.io/pause:3.10.1']) });
    expect(there).toMatchObject({ changes: [], later: [], refusals: [] });
  });

  describe("gets into CRI-O's store", () => {
    test.each([
      ['with the packages of CRI-O', {}],
      ['a round before it is loaded, where CRI-O runs', { cri: running('cri-o') }],
    ])('by skopeo, which comes %s', (_, facts) => {
      const { changes, later, refusals } = planned(crio, facts);
      expect(refusals).toEqual([]);
      expect(changes).toMatchObject([
        {
          ...{ kind: 'package', name: 'skopeo', version: skopeo.candidate, holds: [], phase: 'stage' },
          ...{ disruption: 'none', because: expect.stringContaining('podman or skopeo, and this host has neither') },
        },
      ]);
      expect(later).toMatchObject([{ target: 'registry.k8s.io/pause:3.10.1' }]);
    });

    test.each(['podman', 'skopeo'])('by the %s of the host', name => {
      const tools = { podman: null, skopeo: null, [name]: `/usr/bin/${name}` };
      const there = planned(crio, { tools, cri: running('cri-o') });
      expect(summaries(there)).toEqual(['image registry.k8s.io/pause:3.10.1']);
    });

    test('by nothing where it is there already', () => {
      const cri = running('cri-o', ['registry.k8s.io/pause:3.10.1']);
      expect(planned(crio, { cri })).toMatchObject({ changes: [], later: [], refusals: [] });
    });

    test.each([
      [false, 'the package sources of this host have nothing', /give a mirror with the image/],
      [true, 'the bundle has nothing', /Make the bundle again with --from .* --without-images/],
    ])('not at all where skopeo is not on offer (offline: %s)', (offline, said, hint) => {
      const without = { skopeo: { candidate: null, versions: [], kept: [] } } as never;
      const { changes, refusals } = planned({ ...crio, offline }, { packages: bareFacts.packages }, without);
      expect(changes).toEqual([]);
      expect(refusals).toMatchObject([
        {
          code: 'plan-refused',
          message: `an image archive gets into the store of CRI-O by podman or skopeo, and this host has neither: skopeo is not on offer: ${said}`,
          hint: expect.stringMatching(hint),
        },
      ]);
    });
  });
});
