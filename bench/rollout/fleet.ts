import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type ApiRequest,
  bootCluster,
  type CgroupDriver,
  type LabCluster,
  startFleet,
  switchKubelet,
} from '../../test/lab/cluster/index.ts';
import { bootSyntheticHosts, type SyntheticHosts } from '../../test/lab/synthetic/index.ts';
import type { CliOptions, CliRun } from '../../test/nodes/support/cli.ts';
import { openWorkplace, type Workplace } from '../../test/nodes/support/workplace.ts';
import { addressesOf, type Sshd, startSshd } from '../sshd.ts';

/** The user whose requests are counted. */
const operator = 'nodeprep-operator';

/** A cluster of simulated Nodes, each with a synthetic host behind an address of one OpenSSH server. */
export interface Fleet {
  readonly cluster: LabCluster;
  readonly names: readonly string[];
  readonly hosts: SyntheticHosts;
  /** Writes an inventory of all hosts that wants this driver; `top` adds or replaces whole keys. */
  inventory(name: string, driver: CgroupDriver, top?: Readonly<Record<string, unknown>>): string;
  run(args: readonly string[], options?: Omit<CliOptions, 'directory'>): ReturnType<Workplace['run']>;
  json(args: readonly string[], options?: Omit<CliOptions, 'directory'>): Promise<CliRun>;
  /** What nodeprep has asked of the API so far. */
  requests(): readonly ApiRequest[];
  close(): Promise<void>;
}

/** The same order of events as they happened, for each Node: a kubelet that comes back must not be overtaken by its end. */
const inOrder = (work: (name: string, isOn: boolean) => Promise<void>) => {
  const last = new Map<string, Promise<void>>();
  return (name: string, isOn: boolean): void => {
    const before = last.get(name) ?? Promise.resolve();
    // The cluster may be going away.
    last.set(
      name,
      before.then(() => work(name, isOn)).catch(() => undefined),
    );
  };
};

export const openFleet = async (size: number): Promise<Fleet> => {
  const directory = mkdtempSync(join(tmpdir(), 'np-'));
  const addresses = addressesOf(size);
  const hostsOf = addresses.map((address, index) => ({ name: `node-${index + 1}`, address }));
  const names = hostsOf.map(({ name }) => name);
  const closers: (() => unknown)[] = [() => rmSync(directory, { recursive: true, force: true })];
  const close = async (): Promise<void> => {
    for (const each of closers.reverse()) await each();
  };
  try {
    const cluster = await bootCluster({ nodes: [], audit: true });
    closers.push(() => cluster.remove());
    const tell = inOrder((name, isOn) => switchKubelet(cluster, name, isOn ? 'on' : 'off'));
    let isRegistered = false;
    const hosts = await bootSyntheticHosts({
      directory,
      hosts: hostsOf,
      onKubelet: (name, isOn) => {
        if (isRegistered) tell(name, isOn);
      },
    });
    closers.push(() => hosts.close());
    await startFleet(
      cluster,
      hostsOf.map(({ name, address }) => ({ name, address, machineId: hosts.machineIds.get(name) ?? '' })),
    );
    isRegistered = true;
    const sshd = await startSshd(directory, size, { forceCommand: hosts.enter });
    closers.push(() => sshd.close());
    const place = await openWorkplace();
    closers.push(() => place.remove());
    return { cluster, names, hosts, close, ...(await atWork({ cluster, place, sshd, hosts: hostsOf })) };
  } catch (error) {
    await close();
    throw error;
  }
};

interface AtWork {
  readonly cluster: LabCluster;
  readonly place: Workplace;
  readonly sshd: Sshd;
  readonly hosts: readonly { readonly name: string; readonly address: string }[];
}

const atWork = async ({
  cluster,
  place,
  sshd,
  hosts,
}: AtWork): Promise<Pick<Fleet, 'inventory' | 'run' | 'json' | 'requests'>> => {
  const kubeconfig = await cluster.kubeconfigOf({ user: operator, groups: ['kubeadm:cluster-admins'] });
  const env = { PATH: `${cluster.programs}:${process.env.PATH ?? ''}` };
  const { user, port, identityFile, hostKey } = sshd;
  writeFileSync(place.knownHosts, hosts.map(({ address }) => `[${address}]:${port} ${hostKey}\n`).join(''));
  const ssh = { user, port, identityFile, knownHosts: place.knownHosts, agent: false };
  const withKubectl = (options: Omit<CliOptions, 'directory'>) => ({ ...options, env: { ...env, ...options.env } });
  return {
    inventory: (name, cgroupDriver, top = {}) =>
      place.inventory(name, Object.fromEntries(hosts.map(({ name: host, address }) => [host, { address }])), {
        defaults: { ssh, runtime: { cgroupDriver } },
        cluster: { kubeconfig },
        ...top,
      }),
    run: (args, options = {}) => place.run(args, withKubectl(options)),
    json: (args, options = {}) => place.json(args, withKubectl(options)),
    requests: () => cluster.requests().filter(request => request.user === operator),
  };
};
