import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LabNode, layPodNetwork, requireLab } from '../../lab/index.ts';
import { pauseArchive } from '../../lab/pause.ts';
import type { RpmBootOptions } from '../../lab/rpm-node.ts';
import {
  containerdIo,
  containerSelinux,
  openRpmUpstream,
  politely,
  type UpstreamPackage,
  type UpstreamRepository,
} from '../../lab/upstream/index.ts';
import { findingOf, hostOf } from './cli.ts';
import { cutOff } from './cut-off.ts';
import { hostState, stateChanges } from './host-state.ts';
import { at, openWorkplace, type Workplace } from './workplace.ts';

const reason = requireLab();
const isMatrix = process.env.NODEPREP_MATRIX === '1';
const pause = 'registry.k8s.io/pause:3.10.1';

export interface RpmBundles {
  readonly boot: (options?: RpmBootOptions) => Promise<LabNode>;
  /** The package that stands for the system, where packages are resolved for a root that has nothing. */
  readonly system: UpstreamPackage;
  /** As the bundle names the release. */
  readonly release: string;
}

/** A bundle made by one node, for one that reaches nothing. */
export const bundleByRpm = ({ boot, system, release }: RpmBundles): void => {
  describe.skipIf(reason !== undefined || !isMatrix)(reason ?? 'on two nodes', () => {
    let connected: LabNode;
    let node: LabNode;
    let place: Workplace;
    let upstream: UpstreamRepository;
    let image: { readonly file: string; readonly sha256: string };
    const bundle = () => place.path('bundle');
    const inventory = (): string => {
      const repository = { url: upstream.url, fingerprint: upstream.fingerprint };
      const runtime = { source: 'upstream', repository, sandboxImage: pause, archives: { sandboxImage: image } };
      return place.inventory('inventory', {
        host: at(node, { runtime, verify: { sandbox: 'required' } }),
        connected: at(connected),
      });
    };
    const json = (command: string, ...flags: string[]) =>
      place.json([command, inventory(), '--limit', 'host', '--bundle', bundle(), ...flags]);

    beforeAll(async () => {
      place = await openWorkplace();
      [connected, node] = await Promise.all([boot(), boot({ cgroup: 'v1' })]);
      upstream = await openRpmUpstream(node);
      await upstream.offer(system, containerSelinux(), politely(containerdIo('1.7.24-3.1.el9'), '/usr/bin/runc'));
      await upstream.publish();
      await layPodNetwork(node);
      const archive = pauseArchive([pause]);
      image = { file: place.path('pause.tar'), sha256: createHash('sha256').update(archive).digest('hex') };
      writeFileSync(image.file, archive);
      await cutOff(node, `curl -sf ${upstream.keyUrl}`);
    });
    afterAll(async () => {
      await Promise.all([connected?.remove(), node?.remove()]);
      await upstream?.close();
      place?.remove();
    });

    it('is made by a connected host, which stays as it is', async () => {
      const before = await hostState(connected);
      const { code, stdout, stderr } = await place.run([
        ...['bundle', inventory(), '--limit', 'host', '--from', 'connected', '--out', bundle()],
      ]);
      expect({ code, stderr }).toMatchObject({ code: 0 });
      expect(stdout).toContain(
        `${release} x86_64: 3 packages: containerd.io 1.7.24-3.1.el9, container-selinux 2:2.235.0-1.el9, and what they need`,
      );
      expect(stateChanges(before, await hostState(connected))).toEqual([]);
      expect(await connected.sh('find /var/tmp -name "nodeprep*"')).toBe('');
    });

    it('installs a runtime and its image on a host that reaches nothing, and goes without a trace', async () => {
      const before = await hostState(node);
      const applied = await json('apply', '--yes');
      expect(hostOf(applied, 'host').error).toBeUndefined();
      expect(applied.code).toBe(0);
      expect(hostOf(applied, 'host').runtime).toMatchObject({ sandboxImage: pause, sandbox: 'ran' });
      expect(findingOf(hostOf(applied, 'host'), 'runtime-packages-held')).toMatchObject({
        status: 'pass',
        observed: 'held: containerd.io 1.7.24-3.1.el9',
      });
      expect(await node.sh('rpm -q containerd.io container-selinux; ls /var/lib/nodeprep')).not.toMatch(
        /not installed|incoming/,
      );

      const again = await json('plan', '--detailed-exitcode');
      expect({ code: again.code, changes: hostOf(again, 'host').changes }).toEqual({ code: 0, changes: [] });

      const back = await place.json(['rollback', inventory(), '--limit', 'host', '--yes']);
      expect({ code: back.code, error: hostOf(back, 'host').error }).toEqual({ code: 0, error: undefined });
      expect(stateChanges(before, await hostState(node))).toEqual([]);
    });
  });
};
