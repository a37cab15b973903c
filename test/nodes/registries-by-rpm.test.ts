import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LabNode, layPodNetwork, requireLab } from '../lab/index.ts';
import { pauseImage } from '../lab/pause.ts';
import { type LabRegistry, startRegistry } from '../lab/registry.ts';
import { crioProblem } from '../lab/upstream/index.ts';
import { findingOf, hostOf } from './support/cli.ts';
import { dockerLeftovers } from './support/docker-leftovers.ts';
import { hostState, stateChanges } from './support/host-state.ts';
import { pauseName } from './support/matrix/pods.ts';
import { bootRow, matrixRow } from './support/matrix/rows.ts';
import { at, openWorkplace, type Workplace } from './support/workplace.ts';

const isMatrix = process.env.NODEPREP_MATRIX === '1';
const reason = isMatrix ? (requireLab() ?? (await crioProblem())) : 'part of npm run test:matrix';
const onHub = 'docker.io/library/pause:3.10.1';

/** Which registry each takes a mirror of, the image that it pulls from there, and where it is told. */
const told = {
  containerd: ['registry.k8s.io', pauseName, '/etc/containerd/certs.d/registry.k8s.io/hosts.toml'],
  'cri-o': ['registry.k8s.io', pauseName, '/etc/containers/registries.conf.d/99-nodeprep.conf'],
  docker: ['docker.io', onHub, '/etc/docker/daemon.json'],
} as const;
const rows = ['containerd.io', 'CRI-O', 'docker-ce, cri-dockerd as package'];

describe.each(['dnf', 'zypper'] as const)('registries by %s', manager => {
  describe.skipIf(reason)(reason ?? 'on a node that reaches none but a mirror', () => {
    let node: LabNode;
    let place: Workplace;
    let registry: LabRegistry;

    beforeAll(async () => {
      place = await openWorkplace();
      node = await bootRow(matrixRow('containerd.io', manager));
      const image = pauseImage(['pause']);
      registry = await startRegistry({ images: { 'pause:3.10.1': image, 'library/pause:3.10.1': image }, tls: true });
      writeFileSync(place.path('ca.pem'), registry.ca ?? '');
      await layPodNetwork(node);
      await node.sh(`for r in registry.k8s.io registry-1.docker.io; do echo "127.0.0.1 $r"; done >>/etc/hosts
        mount --make-rshared /; systemctl start network-online.target`);
    });
    afterAll(async () => {
      await node?.remove();
      await registry?.close();
      place?.remove();
    });

    it.each(rows)('%s pulls the sandbox image through a mirror whose authority it is told, and goes', async title => {
      const { name, ...row } = matrixRow(title, manager);
      if (name === 'mirantis') return;
      const [mirrored, sandboxImage, path] = told[name];
      const source = await row.open(node);
      try {
        const before = await hostState(node);
        const asked = registry.requests().length;
        const runtime = {
          ...source.runtime,
          ...{ name, sandboxImage, registryMirrors: { [mirrored]: [registry.url] } },
          registries: { [registry.host]: { ca: './ca.pem' } },
        };
        const file = place.inventory(name, { host: at(node, { runtime, verify: { sandbox: 'required' } }) });
        const applied = await place.json(['apply', file, '--yes']);
        const host = hostOf(applied, 'host');
        expect({ code: applied.code, message: host.error?.message }).toEqual({ code: 0, message: undefined });
        expect(host.runtime).toMatchObject({ name, sandboxImage, sandbox: 'ran' });
        expect(registry.requests().slice(asked).join('\n')).toContain('pause/manifests/3.10.1');
        expect(findingOf(host, 'registry-mirrors-reachable')).toMatchObject({
          status: 'pass',
          observed: expect.stringContaining(registry.url),
        });
        expect(await node.sh(`cat ${path}`)).toContain(registry.host);
        const again = await place.json(['plan', file, '--detailed-exitcode']);
        expect({ code: again.code, changes: hostOf(again, 'host').changes }).toEqual({ code: 0, changes: [] });
        expect((await place.json(['rollback', file, '--yes'])).code).toBe(0);
        if (name === 'cri-o') await node.sh("systemctl stop 'crio-conmon-*.scope'");
        const lost = stateChanges(before, await hostState(node));
        expect(lost.filter(line => name !== 'docker' || !dockerLeftovers.test(line))).toEqual([]);
      } finally {
        await source.close();
      }
    });
  });
});
