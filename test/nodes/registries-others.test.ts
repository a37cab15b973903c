import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ArchiveServer, crioArchive, type LabArchive, openArchiveServer } from '../lab/archives.ts';
import { baseProblem, bootNode, type LabNode, preparePods, requireLab } from '../lab/index.ts';
import { pauseImage } from '../lab/pause.ts';
import { type LabRegistry, startRegistry } from '../lab/registry.ts';
import { criDockerd, crioProblem, openUpstream, type UpstreamRepository } from '../lab/upstream/index.ts';
import { findingOf, hostOf } from './support/cli.ts';
import { dockerLeftovers } from './support/docker-leftovers.ts';
import { hostState, startedAt, stateChanges } from './support/host-state.ts';
import { at, openWorkplace, type Workplace } from './support/workplace.ts';

const reason = requireLab() ?? (await baseProblem('trixie')) ?? (await crioProblem());
const isMatrix = process.env.NODEPREP_MATRIX === '1';
const onHub = 'docker.io/library/pause:3.10.1';

/** Nothing on these nodes reaches the registries themselves: whatever is pulled comes through the mirror. */
const nowhere = 'for r in registry.k8s.io registry-1.docker.io; do echo "127.0.0.1 $r"; done >>/etc/hosts';

describe.skipIf(reason)(`registries of CRI-O and Docker${reason ? ` (${reason})` : ''}`, () => {
  let place: Workplace;
  let registry: LabRegistry;
  const run = (command: string, file: string) =>
    place.json([command, file, ...(command === 'plan' ? ['--detailed-exitcode'] : ['--yes'])]);

  beforeAll(async () => {
    place = await openWorkplace();
    const image = pauseImage(['pause']);
    registry = await startRegistry({ images: { 'pause:3.10.1': image, 'library/pause:3.10.1': image }, tls: true });
    writeFileSync(place.path('ca.pem'), registry.ca ?? '');
  });
  afterAll(async () => {
    await registry?.close();
    place?.remove();
  });
  const trust = () => ({ [registry.host]: { ca: './ca.pem' } });

  describe('CRI-O', () => {
    let node: LabNode;
    let server: ArchiveServer;
    let bundle: LabArchive;
    let count = 0;
    const inventory = (runtime: object): string => {
      count += 1;
      const archives = { crio: { url: server.url(bundle), sha256: bundle.sha256 } };
      return place.inventory(`crio-${count}`, {
        host: at(node, {
          runtime: { name: 'cri-o', source: 'archive', archives, cgroupDriver: 'cgroupfs', ...runtime },
          verify: { sandbox: 'required' },
        }),
      });
    };

    beforeAll(async () => {
      node = await bootNode({ suite: 'trixie', cgroup: 'v1', packages: ['iptables', 'libyajl2', 'libglib2.0-0t64'] });
      bundle = await crioArchive(node);
      server = await openArchiveServer([bundle]);
      await node.sh(`systemctl start network-online.target; ${nowhere}`);
    });
    afterAll(async () => {
      await node?.remove();
      server?.close();
    });

    it('pulls the sandbox image through a mirror whose authority it is told, reloads for more, and gives every byte back', async () => {
      const before = await hostState(node);
      const first = inventory({ registryMirrors: { 'registry.k8s.io': [registry.url] }, registries: trust() });
      const applied = await run('apply', first);
      expect(hostOf(applied, 'host').error).toBeUndefined();
      expect(hostOf(applied, 'host').runtime).toMatchObject({ name: 'cri-o', sandbox: 'ran' });
      expect(applied.code).toBe(0);
      expect(registry.requests()).toContain('GET /v2/pause/manifests/3.10.1');
      expect(findingOf(hostOf(applied, 'host'), 'registry-mirrors-reachable')).toMatchObject({
        status: 'pass',
        observed: expect.stringContaining(registry.url),
      });
      expect((await run('plan', first)).code).toBe(0);

      const started = await startedAt(node, 'crio');
      const second = inventory({
        registryMirrors: { 'registry.k8s.io': [registry.url], 'docker.io': [registry.url] },
        registries: trust(),
        sandboxImage: onHub,
      });
      const more = await run('apply', second);
      expect(hostOf(more, 'host').error).toBeUndefined();
      expect(hostOf(more, 'host').changes.map(({ disruption }) => disruption)).toEqual(['reload', 'reload', 'reload']);
      expect(hostOf(more, 'host').runtime).toMatchObject({ sandboxImage: onHub, sandbox: 'ran' });
      expect(registry.requests()).toContain('GET /v2/library/pause/manifests/3.10.1');
      expect(await startedAt(node, 'crio')).toBe(started);
      expect((await run('plan', second)).code).toBe(0);
      for (const _ of [1, 2]) expect((await run('rollback', second)).code).toBe(0);
      await node.sh("systemctl stop 'crio-conmon-*.scope'");
      expect(stateChanges(before, await hostState(node))).toEqual([]);
    });

    it.runIf(isMatrix)('leaves what a site has written of the same registry, and says so', async () => {
      const path = '/etc/containers/registries.conf.d/50-site.conf';
      const put = (input: string) => node.sh(`mkdir -p "$(dirname ${path})" && cat >${path}`, { input });
      const wanted = inventory({ registryMirrors: { 'registry.k8s.io': [registry.url] } });
      for (const [text, said] of [
        ['[[registry]]\nlocation = "registry.k8s.io"\nblocked = false\n', /50-site\.conf has a \[\[registry\]\] for/],
        ['[[registry]]\nlocation = \n', /50-site\.conf:\d+:\d+: /],
        ['[registries.search]\nregistries = ["docker.io"]\n', /first version of its format/],
      ] as const) {
        await put(text);
        const answer = await run('plan', wanted);
        expect(hostOf(answer, 'host').error?.message).toMatch(said);
        expect(answer.code).toBe(5);
      }
      await put(
        `[[registry]]\nprefix = "registry.k8s.io"\nlocation = "registry.k8s.io"\n[[registry.mirror]]\nlocation = "${registry.host}"\n`,
      );
      const enough = await run('plan', wanted);
      expect(hostOf(enough, 'host').changes.map(({ target }) => target)).not.toContain(
        '/etc/containers/registries.conf.d/99-nodeprep.conf',
      );
      await node.sh('rm -r /etc/containers');
    });
  });

  describe.runIf(isMatrix)('Docker', () => {
    let node: LabNode;
    let upstream: UpstreamRepository;
    const foreign = `{\n\t"log-driver": "local",\n\t"registry-mirrors": ["http://127.0.0.1:9"]\n}\n`;
    let count = 0;
    const inventory = (runtime: object): string => {
      count += 1;
      return place.inventory(`docker-${count}`, {
        host: at(node, {
          runtime: { name: 'docker', cgroupDriver: 'cgroupfs', sandboxImage: onHub, ...runtime },
          verify: { sandbox: 'required' },
        }),
      });
    };

    beforeAll(async () => {
      node = await bootNode({ suite: 'trixie', cgroup: 'v1', packages: ['containernetworking-plugins', 'docker-cli'] });
      await preparePods(node);
      await node.sh(`mount --make-rshared /; ${nowhere}; mkdir -p /etc/docker; cat >/etc/docker/daemon.json`, {
        input: foreign,
      });
      upstream = await openUpstream(node);
      await upstream.offer(criDockerd());
      await upstream.publish();
      await node.sh('cat >/etc/apt/keyrings/lab.asc', { input: upstream.publicKey });
      await node.sh(`echo 'deb [signed-by=/etc/apt/keyrings/lab.asc] ${upstream.flatUrl} /' >/etc/apt/sources.list.d/lab.list
        apt-get update -qq`);
    });
    afterAll(async () => {
      await node?.remove();
      await upstream?.close();
    });

    it('refuses what Docker cannot do, with the ways out', async () => {
      const answer = await run('plan', inventory({ registryMirrors: { 'registry.k8s.io': [registry.url] } }));
      expect(hostOf(answer, 'host').error).toMatchObject({
        message: 'the inventory gives mirrors for registry.k8s.io, and Docker can mirror docker.io alone',
        hint: expect.stringContaining('runtime.sandboxImage'),
      });
      expect(answer.code).toBe(5);
    });

    it('pulls the sandbox image through a mirror of docker.io and from a registry of its own, and goes without a trace', async () => {
      const before = await hostState(node);
      const first = inventory({ registryMirrors: { 'docker.io': [registry.url] }, registries: trust() });
      const applied = await run('apply', first);
      expect(hostOf(applied, 'host').error).toBeUndefined();
      expect(hostOf(applied, 'host').runtime).toMatchObject({ name: 'docker', sandboxImage: onHub, sandbox: 'ran' });
      expect(registry.requests()).toContain('GET /v2/library/pause/manifests/3.10.1');
      expect(JSON.parse(await node.sh('cat /etc/docker/daemon.json'))).toMatchObject({
        'log-driver': 'local',
        'registry-mirrors': [registry.url, 'http://127.0.0.1:9'],
      });
      expect((await run('plan', first)).code).toBe(0);

      const started = await startedAt(node, 'docker');
      const second = inventory({ registries: { ...trust(), 'insecure.example.com:5000': { skipVerify: true } } });
      const more = await run('apply', second);
      expect(hostOf(more, 'host').error).toBeUndefined();
      expect(await startedAt(node, 'docker')).toBe(started);
      expect(await node.sh('docker info -f "{{.RegistryConfig.IndexConfigs}}"')).toContain('insecure.example.com:5000');
      expect((await run('plan', second)).code).toBe(0);
      for (const _ of [1, 2]) expect((await run('rollback', second)).code).toBe(0);
      expect(stateChanges(before, await hostState(node)).filter(line => !dockerLeftovers.test(line))).toEqual([]);
    });
  });
});
