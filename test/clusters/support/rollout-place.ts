import { cordonAnnotation } from '../../../src/cluster/cordon-mark.ts';
import type { CgroupDriver, LabCluster } from '../../lab/cluster/index.ts';
import type { LabNode } from '../../lab/index.ts';
import { type CliOptions, type CliRun, hostOf } from '../../nodes/support/cli.ts';
import { at, openWorkplace, type Workplace } from '../../nodes/support/workplace.ts';

type Mapping = Readonly<Record<string, unknown>>;
type RunSettings = Omit<CliOptions, 'directory'>;

/** A workplace from which nodeprep works on a lab cluster, with the cluster's own kubectl. */
export interface RolloutPlace extends Pick<Workplace, 'path' | 'remove'> {
  /** Writes an inventory of these Nodes that wants this driver; `top` adds or replaces whole keys. */
  inventory(name: string, driver: CgroupDriver, nodes: readonly string[], top?: Mapping): string;
  run(args: readonly string[], options?: RunSettings): ReturnType<Workplace['run']>;
  json(args: readonly string[], options?: RunSettings): Promise<CliRun>;
}

export const openRolloutPlace = async (cluster: LabCluster): Promise<RolloutPlace> => {
  const place = await openWorkplace();
  const env = { PATH: `${cluster.programs}:${process.env.PATH ?? ''}` };
  const withKubectl = (options: RunSettings): RunSettings => ({ ...options, env: { ...env, ...options.env } });
  return {
    path: place.path,
    remove: place.remove,
    inventory: (name, driver, nodes, top = {}) =>
      place.inventory(name, Object.fromEntries(nodes.map(node => [node, at(cluster.node(node), wants(driver))])), {
        cluster: { kubeconfig: cluster.kubeconfig },
        ...top,
      }),
    run: (args, options = {}) => place.run(args, withKubectl(options)),
    json: (args, options = {}) => place.json(args, withKubectl(options)),
  };
};

export const wants = (cgroupDriver: CgroupDriver): Mapping => ({ runtime: { cgroupDriver } });

/** How each host ended, for one comparison: `w1 ok changed`, `w2 refused unchanged lock-held: …`. */
export const endsOf = ({ run }: CliRun): readonly string[] =>
  run.hosts.map(({ host, state, outcome = '', error }) => {
    const why = error === undefined ? '' : ` ${error.code}: ${error.message}`;
    return `${host} ${state} ${outcome}${why}`;
  });

export const errorOf = (run: CliRun, name: string): { code: string; text: string } => {
  const { error } = hostOf(run, name);
  return { code: error?.code ?? 'none', text: `${error?.message ?? ''}\n${error?.hint ?? ''}` };
};

export interface ApiNode {
  readonly metadata: { readonly name: string; readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: { readonly unschedulable?: boolean };
  readonly status: { readonly conditions: readonly { readonly type: string; readonly status: string }[] };
}

export interface ApiPod {
  readonly metadata: {
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly deletionTimestamp?: string;
  };
  readonly spec: { readonly nodeName?: string };
  readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

export const podsOf = async (cluster: LabCluster, app: string): Promise<readonly ApiPod[]> => {
  const path = `/api/v1/namespaces/default/pods?labelSelector=app%3D${app}`;
  return (await cluster.api.get<{ items: readonly ApiPod[] }>(path)).items;
};

const isServing = ({ metadata, status }: ApiPod): boolean =>
  metadata.deletionTimestamp === undefined &&
  status.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') === true;

/** Nodes that are not as an operator wants them after any run, with what is wrong: `w1: cordoned`. */
export const nodesNotInService = async (cluster: LabCluster): Promise<readonly string[]> => {
  const { items } = await cluster.api.get<{ items: readonly ApiNode[] }>('/api/v1/nodes');
  return items.flatMap(({ metadata, spec, status }) => {
    const isReady = status.conditions.some(({ type, status: value }) => type === 'Ready' && value === 'True');
    const marks = Object.keys(metadata.annotations ?? {}).filter(key => key === cordonAnnotation);
    return [
      ...(isReady ? [] : [`${metadata.name}: not Ready`]),
      ...(spec.unschedulable === true ? [`${metadata.name}: cordoned`] : []),
      ...marks.map(key => `${metadata.name}: ${key}`),
    ];
  });
};

/** Who holds the lock of the cluster; '' where nobody does. */
export const leaseHolder = async (cluster: LabCluster): Promise<string> => {
  const path = '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases';
  const { items } = await cluster.api.get<{
    items: readonly { metadata: { name: string }; spec: { holderIdentity?: string } }[];
  }>(path);
  return items.find(({ metadata }) => metadata.name === 'nodeprep')?.spec.holderIdentity ?? '';
};

export interface Drivers {
  /** What the kubelet says over the API. */
  readonly kubelet: string;
  /** What the runtime's merged configuration says; the daemon is younger than every file of it. */
  readonly runtime: string;
  /** The cgroup at the top of every pod that runs there. */
  readonly roots: readonly string[];
}

export const driversOf = async (cluster: LabCluster, name: string): Promise<Drivers> => {
  const configz = await cluster.kubectl('get', '--raw', `/api/v1/nodes/${name}/proxy/configz`);
  const { kubeletconfig } = JSON.parse(configz) as { kubeletconfig: { cgroupDriver: string } };
  return { kubelet: kubeletconfig.cgroupDriver, ...(await runtimeOf(cluster.node(name))) };
};

const runtimeOf = async (node: LabNode): Promise<Pick<Drivers, 'runtime' | 'roots'>> => {
  const said =
    await node.sh(`containerd config dump 2>/dev/null | grep -q 'SystemdCgroup = true' && echo systemd || echo cgroupfs
${podRoots}`);
  const [runtime = '', ...roots] = said.split('\n').filter(line => line !== '');
  return { runtime, roots: [...new Set(roots)] };
};

/** Of each pod's own process, the first cgroup whose name begins with kubepods. */
export const podRoots = `for pid in $(pgrep -x pause); do
  grep -E '^[0-9]+:(memory)?:' /proc/$pid/cgroup 2>/dev/null | grep -o '/kubepods[^/]*' | head -n 1 | cut -c 2-
done | sort -u`;

export const inUse = (driver: CgroupDriver): Drivers => ({
  kubelet: driver,
  runtime: driver,
  roots: [driver === 'systemd' ? 'kubepods.slice' : 'kubepods'],
});

export interface Probe {
  /** Ends it; gives the fewest pods that served at any time, and how often it was looked. */
  stop(): Promise<{ readonly fewest: number; readonly looks: number }>;
}

/** Counts the pods of a Deployment that serve, twice a second, from outside. */
export const probeAvailability = (cluster: LabCluster, app: string): Probe => {
  let running = true;
  let fewest = Number.POSITIVE_INFINITY;
  let looks = 0;
  const done = (async () => {
    while (running) {
      const next = new Promise(resolve => setTimeout(resolve, 500));
      const serving = (await podsOf(cluster, app)).filter(isServing).length;
      fewest = Math.min(fewest, serving);
      looks += 1;
      await next;
    }
  })();
  return {
    stop: async () => {
      running = false;
      await done;
      return { fewest, looks };
    },
  };
};
