import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BRIDGE_ADDRESS, baseProblem, type LabNode, prepareCrun, requireLab } from '../lab/index.ts';
import { pauseImage } from '../lab/pause.ts';
import { type LabRegistry, startRegistry } from '../lab/registry.ts';
import {
  containerdIo,
  criDockerd,
  criO,
  crioProblem,
  dockerCe,
  type UpstreamRepository,
} from '../lab/upstream/index.ts';
import { errorsOf, hostOf } from './support/cli.ts';
import { type HostState, hostState, stateChanges } from './support/host-state.ts';
import { isLost } from './support/moving.ts';
import { movingFamilies } from './support/moving-families.ts';
import { repositoryFor } from './support/repository-wish.ts';
import { at, openWorkplace, type Workplace } from './support/workplace.ts';

const pause = 'registry.k8s.io/pause:3.10';
const reason =
  process.env.NODEPREP_MATRIX === '1'
    ? (requireLab() ?? (await baseProblem('trixie')) ?? (await crioProblem()))
    : 'part of npm run test:matrix';

type Name = 'containerd' | 'cri-o' | 'docker';
/** As many runs as a host keeps for a rollback. */
const order: readonly Name[] = ['containerd', 'docker', 'cri-o', 'containerd', 'docker'];

/** An inventory in which everything around a runtime is said: each piece has to move along, and to go again with the runtime that it was for. */
describe.skipIf(reason)(
  `every runtime in turn, with handlers, mirrors, an authority and a proxy${reason ? ` (${reason})` : ''}`,
  () => {
    let node: LabNode;
    let place: Workplace;
    let upstream: UpstreamRepository;
    let registry: LabRegistry;
    let bare: HostState;

    const inventory = (name: Name): string => {
      const handlers = name === 'docker' ? {} : { handlers: ['runc', 'crun'], defaultHandler: 'crun' };
      return place.inventory(name, {
        host: at(node, {
          runtime: {
            name,
            source: 'upstream',
            repository: repositoryFor(name, upstream),
            sandboxImage: pause,
            registryMirrors: { [name === 'docker' ? 'docker.io' : 'registry.k8s.io']: [registry.url] },
            registries: { [registry.host]: { ca: './ca.pem' } },
            ...handlers,
          },
          proxy: {
            http: 'http://127.0.0.1:9',
            https: 'http://127.0.0.1:9',
            noProxy: [BRIDGE_ADDRESS, '10.0.0.0/8', '127.0.0.1'],
          },
          verify: { sandbox: name === 'docker' ? 'off' : 'required' },
          ssh: { knownHosts: place.knownHosts },
        }),
      });
    };
    const run = (command: string, name: Name, ...flags: readonly string[]) =>
      place.json([command, inventory(name), ...(command === 'plan' ? ['--detailed-exitcode'] : ['--yes']), ...flags]);

    beforeAll(async () => {
      place = await openWorkplace();
      registry = await startRegistry({ images: { 'pause:3.10': pauseImage([pause]) }, tls: true });
      writeFileSync(place.path('ca.pem'), registry.ca ?? '');
      const { boot, open, prepare } = movingFamilies.apt;
      node = await boot();
      await prepareCrun(node);
      upstream = await open(node);
      await upstream.offer(containerdIo(), ...dockerCe('5:28.5.2-1~debian.13~trixie'), criDockerd(), criO());
      await upstream.publish();
      await prepare(node);
      await node.sh('mount --make-rshared /; echo 127.0.0.1 registry.k8s.io >>/etc/hosts');
      bare = await hostState(node);
    });
    afterAll(async () => {
      await node?.remove();
      await upstream?.close();
      await registry?.close();
      place?.remove();
    });

    it.each(order.map((name, at) => [at + 1, name] as const))('%i: %s', async (_, name) => {
      const applied = await run('apply', name, '--allow-migration');
      const host = hostOf(applied, 'host');
      expect({ error: host.error, errors: errorsOf(host) }).toEqual({ error: undefined, errors: [] });
      const again = await run('plan', name);
      expect(hostOf(again, 'host').changes).toEqual([]);
      expect(again.code).toBe(0);
    });

    it('and back through all of them, exactly', async () => {
      for (const name of order.toReversed()) {
        const back = await run('rollback', name);
        expect([name, hostOf(back, 'host').error?.message]).toEqual([name, undefined]);
      }
      const lost = stateChanges(bare, await hostState(node)).filter(isLost);
      expect(lost).toEqual([]);
    });

    it('by a reset too', async () => {
      for (const name of ['containerd', 'cri-o', 'docker'] as const) {
        expect(hostOf(await run('apply', name, '--allow-migration'), 'host').error).toBeUndefined();
      }
      const reset = await run('reset', 'docker');
      expect(hostOf(reset, 'host').error).toBeUndefined();
      const lost = stateChanges(bare, await hostState(node)).filter(isLost);
      expect(lost).toEqual([]);
    });
  },
);
