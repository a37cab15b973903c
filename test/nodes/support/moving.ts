import { importPause, installCrictl, type LabNode } from '../../lab/index.ts';
import { pauseImage, politeArchive } from '../../lab/pause.ts';
import { type LabRegistry, startRegistry } from '../../lab/registry.ts';
import {
  containerdIo,
  criDockerd,
  criO,
  dockerCe,
  dockerEe,
  type UpstreamPackage,
  type UpstreamRepository,
} from '../../lab/upstream/index.ts';
import { leadToRegistry } from './crio-source.ts';
import { dockerLeftovers } from './docker-leftovers.ts';
import { type MovingFamily, movingFamilies } from './moving-families.ts';
import { repositoryFor } from './repository-wish.ts';
import { type StartedRun, startRun } from './start-run.ts';
import { at, openWorkplace, type Workplace } from './workplace.ts';

export const pause = 'registry.k8s.io/pause:3.10';
const sockets = ['/run/containerd/containerd.sock', '/run/crio/crio.sock', '/run/cri-dockerd.sock'];

export type Name = 'containerd' | 'cri-o' | 'docker' | 'mirantis';

interface Runtime {
  /** Debian's where nothing is offered. */
  readonly offers: readonly UpstreamPackage[];
  readonly socket: string;
  /** What answers at its socket calls itself so. */
  readonly criName: string;
  /** Gives it the sandbox image; CRI-O pulls it from a registry. */
  readonly load?: (node: LabNode) => Promise<unknown>;
}

const loadIntoDocker = (node: LabNode) => node.sh('docker load', { input: politeArchive([pause]) });
export const runtimes: Readonly<Record<Name, Runtime>> = {
  containerd: {
    offers: [containerdIo()],
    socket: '/run/containerd/containerd.sock',
    criName: 'containerd',
    load: node => importPause(node, [pause]),
  },
  'cri-o': { offers: [criO()], socket: '/run/crio/crio.sock', criName: 'cri-o' },
  docker: {
    offers: [containerdIo(), ...dockerCe('5:28.5.2-1~debian.13~trixie'), criDockerd()],
    socket: '/run/cri-dockerd.sock',
    criName: 'docker',
    load: loadIntoDocker,
  },
  mirantis: {
    offers: [containerdIo(), ...dockerEe('5:25.0.14-1~debian'), criDockerd()],
    socket: '/run/cri-dockerd.sock',
    criName: 'docker',
    load: loadIntoDocker,
  },
};
/** What waits for a network, and what conmon leaves of cgroups v1 in a container, have nothing to do with any runtime. */
const leftovers = /network-online\.target|systemd-networkd-wait-online|crio-conmon-/;

export interface Moving {
  readonly node: LabNode;
  inventory(name: Name, runtime?: object, sandbox?: string): string;
  run(command: string, file: string, ...flags: readonly string[]): ReturnType<Workplace['json']>;
  /** The same, to be killed. */
  start(command: string, file: string, ...flags: readonly string[]): StartedRun;
  /** Power loss, and on again. */
  powerCycle(): Promise<void>;
  close(): Promise<void>;
}

const usual = (command: string): readonly string[] => {
  if (command === 'check') return [];
  return command === 'plan' ? ['--detailed-exitcode'] : ['--yes'];
};

export const openMoving = (...wanted: readonly Name[]): Promise<Moving> => openMovingOn('apt', ...wanted);

export const openMovingOn = async (family: MovingFamily, ...wanted: readonly Name[]): Promise<Moving> => {
  const place = await openWorkplace();
  const side = movingFamilies[family];
  const node = await side.boot();
  const upstream: UpstreamRepository = await side.open(node);
  const offers = new Map(wanted.flatMap(name => runtimes[name].offers).map(one => [one.name, one]));
  await upstream.offer(...side.offers([...offers.values()]));
  await upstream.publish();
  const registry: LabRegistry = await startRegistry({ images: { 'pause:3.10': pauseImage(['pause']) } });
  await side.prepare(node);
  await leadToRegistry(node, registry);
  const share = () => node.sh('mount --make-rshared /');
  await share();
  await node.sh('echo 127.0.0.1 registry.k8s.io >>/etc/hosts');
  await installCrictl(node);
  return {
    node,
    inventory(name, runtime = {}, sandbox = 'auto') {
      const repository = repositoryFor(name, upstream);
      const wish = { name, source: 'upstream', repository, acceptLicense: true, cgroupDriver: 'cgroupfs', ...runtime };
      return place.inventory(`${name}-${Object.keys(runtime).join('-')}`, {
        host: at(node, { runtime: wish, verify: { sandbox }, ssh: { knownHosts: place.knownHosts } }),
      });
    },
    run: (command, file, ...flags) => place.json([command, file, ...usual(command), ...flags]),
    start: (command, file, ...flags) => startRun(place, [command, file, ...usual(command), ...flags]),
    async powerCycle() {
      await node.kill();
      await node.start();
      await share();
    },
    async close() {
      await node.remove();
      await upstream.close();
      await registry.close();
      place.remove();
    },
  };
};

/** By crictl, which knows nothing of us. */
export const answering = async (node: LabNode): Promise<readonly string[]> => {
  const said = await node.sh(`for s in ${sockets.join(' ')}; do
    [ -S "$s" ] && timeout 10 crictl -r "unix://$s" -i "unix://$s" version >/dev/null 2>&1 && echo "$s"
    done; true`);
  return said.split('\n').filter(line => line !== '');
};

export const isLost = (change: string): boolean => !dockerLeftovers.test(change) && !leftovers.test(change);
