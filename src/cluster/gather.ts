import { type Api, isRecord, malformed } from './api.ts';
import type { ClusterFacts } from './cluster-facts.ts';
import { metadataOf, readObject } from './edit-object.ts';
import { explainFailure } from './explain-failure.ts';
import { failureOf } from './kubectl-failure.ts';
import { kubeletConfigName, readConfigMap } from './kubelet-config.ts';
import type { Workload } from './objects.ts';
import { parseBudget, parseClaim, parseNode, parsePod, parseVolume, parseWorkload } from './parse-objects.ts';
import { listPaths, systemNamespacePath, workloadPaths } from './paths.ts';

/** Everything that a plan needs to know of a cluster: fourteen requests, more where a list has more than a page. */
export const gatherCluster = async (api: Api): Promise<ClusterFacts> => {
  // Who cannot be reached is asked once, not fourteen times.
  const uid = await clusterUid(api);
  const all = <T>(path: string, parse: (value: unknown) => T): Promise<readonly T[]> =>
    api.list(path, { doing: `list ${path.split('/').at(-1)}` }).then(items => items.map(parse));
  const [serverVersion, clientVersion, nodes, pods, budgets, workloads, claims, volumes, kubeletConfig, kubeadmConfig] =
    await Promise.all([
      readServerVersion(api),
      readClientVersion(api),
      all(listPaths.nodes, parseNode),
      all(listPaths.pods, parsePod),
      all(listPaths.budgets, parseBudget),
      listWorkloads(api),
      all(listPaths.claims, parseClaim),
      all(listPaths.volumes, parseVolume),
      readConfigMap(api, kubeletConfigName, 'kubelet'),
      readConfigMap(api, 'kubeadm-config', 'ClusterConfiguration'),
    ]);
  const records = { kubeletConfig, kubeadmConfig };
  return { uid, serverVersion, clientVersion, nodes, pods, budgets, workloads, claims, volumes, ...records };
};

export const listWorkloads = async (api: Api): Promise<readonly Workload[]> => {
  const lists = Object.entries(workloadPaths).map(async ([kind, path]) => {
    const items = await api.list(path, { doing: `list ${path.split('/').at(-1)}` });
    return items.map(item => parseWorkload(kind, item));
  });
  return (await Promise.all(lists)).flat();
};

const clusterUid = async (api: Api): Promise<string> => {
  const { uid } = metadataOf(await readObject(api, systemNamespacePath, 'read namespace kube-system'));
  if (typeof uid === 'string' && uid !== '') return uid;
  throw malformed('namespace kube-system', 'it has no uid');
};

const readServerVersion = async (api: Api): Promise<string> =>
  versionOf(await readObject(api, '/version', 'read the version of the API server'), 'version of the API server');

const readClientVersion = async ({ port }: Api): Promise<string> => {
  const answer = await port.kubectl(['version', '--client', '--output=json']);
  if (answer.code !== 0) throw await explainFailure(port, failureOf(answer), 'read the version of kubectl');
  const what = 'version of kubectl';
  try {
    const parsed: unknown = JSON.parse(answer.stdout);
    if (isRecord(parsed)) return versionOf(parsed.clientVersion, what);
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
  }
  throw malformed(what, 'it is no version');
};

/** `v1.34.3+k3s1` → `1.34.3` */
const versionOf = (value: unknown, what: string): string => {
  const text = isRecord(value) && typeof value.gitVersion === 'string' ? value.gitVersion : '';
  const [, version] = /^v?(\d+\.\d+\.\d+)/.exec(text) ?? [];
  if (version === undefined) throw malformed(what, 'it is no version');
  return version;
};
