import { NodeprepError } from '../core/errors.ts';
import { known, type Observed, unknown } from '../core/observed.ts';
import type { Api } from './api.ts';
import { isRecord } from './api.ts';
import type { ConfigMapText } from './cluster-facts.ts';
import { metadataOf, readObject } from './edit-object.ts';
import { explainFailure } from './explain-failure.ts';
import { parseConfigMap } from './parse-objects.ts';
import { configMapPath, configMapsPath } from './paths.ts';

export const kubeletConfigName = 'kubelet-config';
const key = 'kubelet';
const managedBy = 'app.kubernetes.io/managed-by';
const runLabel = 'nodeprep.io/run';

/** known undefined: the cluster has none. */
export const readConfigMap = async (
  api: Api,
  name: string,
  key: string,
): Promise<Observed<ConfigMapText | undefined>> => {
  try {
    const object = await api.get(configMapPath(name), { doing: `read ConfigMap kube-system/${name}` });
    if (object === undefined) return known(undefined);
    const { metadata, data } = parseConfigMap(object);
    const text = data[key];
    // Without the key it is somebody else's of the same name.
    return known(text === undefined ? undefined : { text, resourceVersion: metadata.resourceVersion ?? '' });
  } catch (error) {
    if (error instanceof NodeprepError && error.code === 'cluster-denied') return unknown(error.message);
    throw error;
  }
};

export interface KubeletConfigChange {
  readonly text: string;
  readonly resourceVersion: string;
  readonly run: string;
}

/** The old text is in the cluster before the new one is. kubeadm's own hash stays as it is: to kubeadm this is a user's edit, which it keeps. */
export const writeKubeletConfig = async (api: Api, change: KubeletConfigChange): Promise<void> => {
  const path = configMapPath(kubeletConfigName);
  const doing = `write ConfigMap kube-system/${kubeletConfigName}`;
  const object = await readObject(api, path, doing);
  const { resourceVersion } = metadataOf(object);
  const data = isRecord(object.data) ? object.data : {};
  // A run that was interrupted right here has done it already.
  if (data[key] === change.text) return;
  if (resourceVersion !== change.resourceVersion) throw changed(change.resourceVersion, String(resourceVersion));
  await keepOldText(api, change.run, String(data[key] ?? ''));
  const written = await api.replace(path, { ...object, data: { ...data, [key]: change.text } }, { doing });
  if (written.ok) return;
  // Our own write was carried out, and its answer was lost on the way or came second.
  if (written.reason === 'Conflict' && (await readText(api, doing)) === change.text) return;
  if (written.reason === 'Conflict') throw changed(change.resourceVersion, undefined);
  throw await explainFailure(api.port, { kind: 'status', ...written }, doing);
};

const readText = async (api: Api, doing: string): Promise<unknown> => {
  const { data } = await readObject(api, configMapPath(kubeletConfigName), doing);
  return isRecord(data) ? data[key] : undefined;
};

const changed = (planned: string, now: string | undefined): NodeprepError =>
  new NodeprepError(
    'guard-mismatch',
    `ConfigMap kube-system/${kubeletConfigName} has changed since the plan (resource version ${planned}, now ${now ?? 'another'}); nothing was written.`,
    { hint: `Plan again. Look: kubectl --namespace kube-system get configmap ${kubeletConfigName} --output yaml` },
  );

const keepOldText = async (api: Api, run: string, text: string): Promise<void> => {
  const name = `nodeprep-${kubeletConfigName}-${run.toLowerCase()}`;
  const doing = `keep the old kubelet-config in ConfigMap kube-system/${name}`;
  const labels = { [managedBy]: 'nodeprep', [runLabel]: run };
  const body = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'kube-system', labels },
    data: { [key]: text },
  };
  const written = await api.create(configMapsPath, body, { doing });
  // What this run kept first is what was there before it.
  if (written.ok || written.reason === 'AlreadyExists') return;
  throw await explainFailure(api.port, { kind: 'status', ...written }, doing);
};

export const kubeletConfigBackups = async (
  api: Api,
): Promise<readonly { readonly run: string; readonly text: string }[]> => {
  const selector = encodeURIComponent(`${managedBy}=nodeprep,${runLabel}`);
  const items = await api.list(`${configMapsPath}?labelSelector=${selector}`, {
    doing: 'list the ConfigMaps that nodeprep keeps in kube-system',
  });
  return items
    .map(parseConfigMap)
    .filter(({ metadata }) => metadata.name.startsWith(`nodeprep-${kubeletConfigName}-`))
    .toSorted((left, right) => compareAge(right, left))
    .map(({ metadata, data }) => ({ run: metadata.labels?.[runLabel] ?? '', text: data[key] ?? '' }));
};

type Aged = ReturnType<typeof parseConfigMap>;

/** Names end in the run, which begins with its time: they tell those of one second apart. */
const compareAge = (left: Aged, right: Aged): number =>
  order(left.metadata.creationTimestamp ?? '', right.metadata.creationTimestamp ?? '') ||
  order(left.metadata.name, right.metadata.name);

const order = (left: string, right: string): number => {
  if (left === right) return 0;
  return left < right ? -1 : 1;
};
