import type { LabCluster } from '../../test/lab/cluster/index.ts';

interface Node {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly unschedulable?: boolean };
  readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

interface Event {
  readonly type: string;
  readonly object: Node;
}

export interface NodeWatch {
  /** Ends it; what was seen at every single change of a Node. */
  stop(): Promise<Seen>;
}

export interface Seen {
  /** The most Nodes that were cordoned or not Ready at any instant. */
  readonly most: number;
  readonly events: number;
  /** Node → how long it was out of service, in the order in which they came back. */
  readonly outMs: ReadonlyMap<string, number>;
  /** Nodes that are out of service at the end. */
  readonly left: readonly string[];
}

const isInService = ({ spec, status }: Node): boolean =>
  spec.unschedulable !== true &&
  status.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') === true;

/** Looks at the API from outside: every change of every Node is an event, so nothing happens between two looks. */
export const watchNodes = async ({ api }: LabCluster): Promise<NodeWatch> => {
  const list = await api.get<{ metadata: { resourceVersion: string }; items: readonly Node[] }>('/api/v1/nodes');
  const since = new Map(list.items.filter(node => !isInService(node)).map(({ metadata }) => [metadata.name, 0]));
  const outMs = new Map<string, number>();
  let most = since.size;
  let events = 0;
  const watch = api.watch(`/api/v1/nodes?watch=1&resourceVersion=${list.metadata.resourceVersion}`, line => {
    const { type, object } = JSON.parse(line) as Event;
    if (type === 'BOOKMARK') return;
    if (type === 'ERROR') throw new Error(`the watch of Nodes broke: ${line}`);
    events += 1;
    const { name } = object.metadata;
    const outSince = since.get(name);
    if (type === 'DELETED' || isInService(object)) {
      since.delete(name);
      if (outSince !== undefined) outMs.set(name, (outMs.get(name) ?? 0) + performance.now() - outSince);
    } else if (outSince === undefined) {
      since.set(name, performance.now());
    }
    most = Math.max(most, since.size);
  });
  return {
    stop: async () => {
      await watch.stop();
      return { most, events, outMs, left: [...since.keys()] };
    },
  };
};
