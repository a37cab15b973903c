import * as z from 'zod';
import { escapeLine } from '../core/escape.ts';
import { isRecord, malformed } from './api.ts';
import type {
  ConfigMap,
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  PodDisruptionBudget,
  Workload,
} from './objects.ts';

/** What is used of the API's objects; everything else is let go. */
const text = z.string();
const texts = z.array(text);
const strings = z.record(text, text);

const ownerReference = z.object({
  apiVersion: text,
  kind: text,
  name: text,
  uid: text,
  controller: z.boolean().exactOptional(),
});

const metadata = z.object({
  name: text,
  namespace: text.exactOptional(),
  uid: text,
  resourceVersion: text.exactOptional(),
  labels: strings.exactOptional(),
  annotations: strings.exactOptional(),
  ownerReferences: z.array(ownerReference).exactOptional(),
  creationTimestamp: text.exactOptional(),
  deletionTimestamp: text.exactOptional(),
  deletionGracePeriodSeconds: z.number().exactOptional(),
});

const condition = z.object({
  type: text,
  status: text,
  reason: text.exactOptional(),
  message: text.exactOptional(),
  lastHeartbeatTime: text.exactOptional(),
  lastTransitionTime: text.exactOptional(),
});

const nodeSchema = z.object({
  metadata,
  spec: z
    .object({
      unschedulable: z.boolean().exactOptional(),
      taints: z.array(z.object({ key: text, value: text.exactOptional(), effect: text })).exactOptional(),
      podCIDR: text.exactOptional(),
      providerID: text.exactOptional(),
    })
    .default({}),
  status: z
    .object({
      addresses: z.array(z.object({ type: text, address: text })).exactOptional(),
      conditions: z.array(condition).exactOptional(),
      allocatable: strings.exactOptional(),
      nodeInfo: z
        .object({
          machineID: text,
          systemUUID: text,
          bootID: text,
          kubeletVersion: text,
          containerRuntimeVersion: text,
        })
        .exactOptional(),
    })
    .default({}),
}) satisfies z.ZodType<Node>;

const expressions = z.array(z.object({ key: text, operator: text, values: texts.exactOptional() }));
const labelSelector = z.object({
  matchLabels: strings.exactOptional(),
  matchExpressions: expressions.exactOptional(),
});
const nodeSelector = z.object({
  nodeSelectorTerms: z.array(
    z.object({ matchExpressions: expressions.exactOptional(), matchFields: expressions.exactOptional() }),
  ),
});
const affinityTerm = z.object({
  labelSelector: labelSelector.exactOptional(),
  namespaces: texts.exactOptional(),
  topologyKey: text,
});

const container = z.object({
  name: text,
  resources: z.object({ requests: strings.exactOptional() }).exactOptional(),
  ports: z.array(z.object({ hostPort: z.number().exactOptional(), protocol: text.exactOptional() })).exactOptional(),
  restartPolicy: text.exactOptional(),
});

const volume = z.object({
  name: text,
  emptyDir: z.object({ medium: text.exactOptional() }).exactOptional(),
  hostPath: z.object({ path: text }).exactOptional(),
  persistentVolumeClaim: z.object({ claimName: text }).exactOptional(),
  ephemeral: z.unknown().exactOptional(),
});

const podSchema = z.object({
  metadata,
  spec: z.object({
    nodeName: text.exactOptional(),
    hostNetwork: z.boolean().exactOptional(),
    terminationGracePeriodSeconds: z.number().exactOptional(),
    containers: z.array(container),
    initContainers: z.array(container).exactOptional(),
    overhead: strings.exactOptional(),
    volumes: z.array(volume).exactOptional(),
    nodeSelector: strings.exactOptional(),
    tolerations: z
      .array(
        z.object({
          key: text.exactOptional(),
          operator: text.exactOptional(),
          value: text.exactOptional(),
          effect: text.exactOptional(),
          tolerationSeconds: z.number().exactOptional(),
        }),
      )
      .exactOptional(),
    affinity: z
      .object({
        nodeAffinity: z
          .object({ requiredDuringSchedulingIgnoredDuringExecution: nodeSelector.exactOptional() })
          .exactOptional(),
        podAntiAffinity: z
          .object({ requiredDuringSchedulingIgnoredDuringExecution: z.array(affinityTerm).exactOptional() })
          .exactOptional(),
      })
      .exactOptional(),
  }),
  status: z.object({ phase: text.exactOptional(), conditions: z.array(condition).exactOptional() }).default({}),
}) satisfies z.ZodType<Pod>;

const countOrPercent = z.union([z.number(), text]);

const budgetSchema = z.object({
  metadata,
  spec: z
    .object({
      selector: labelSelector.exactOptional(),
      minAvailable: countOrPercent.exactOptional(),
      maxUnavailable: countOrPercent.exactOptional(),
      unhealthyPodEvictionPolicy: text.exactOptional(),
    })
    .default({}),
  status: z
    .object({
      disruptionsAllowed: z.number().exactOptional(),
      currentHealthy: z.number().exactOptional(),
      desiredHealthy: z.number().exactOptional(),
      expectedPods: z.number().exactOptional(),
      observedGeneration: z.number().exactOptional(),
    })
    .exactOptional(),
}) satisfies z.ZodType<PodDisruptionBudget>;

const claimSchema = z.object({
  metadata,
  spec: z.object({ volumeName: text.exactOptional(), storageClassName: text.exactOptional() }).default({}),
}) satisfies z.ZodType<PersistentVolumeClaim>;

const volumeSchema = z.object({
  metadata,
  spec: z
    .object({
      local: z.object({ path: text }).exactOptional(),
      hostPath: z.object({ path: text }).exactOptional(),
      nodeAffinity: z.object({ required: nodeSelector.exactOptional() }).exactOptional(),
    })
    .default({}),
}) satisfies z.ZodType<PersistentVolume>;

const configMapSchema = z.object({ metadata, data: strings.default({}) }) satisfies z.ZodType<ConfigMap>;

const workloadSchema = z.object({
  metadata,
  spec: z.object({ replicas: z.number().exactOptional() }).default({}),
  status: z
    .object({
      availableReplicas: z.number().exactOptional(),
      readyReplicas: z.number().exactOptional(),
      desiredNumberScheduled: z.number().exactOptional(),
      numberAvailable: z.number().exactOptional(),
    })
    .default({}),
});

export const parseNode = (value: unknown): Node => parse(nodeSchema, 'Node', value);
export const parsePod = (value: unknown): Pod => parse(podSchema, 'Pod', value);
export const parseBudget = (value: unknown): PodDisruptionBudget => parse(budgetSchema, 'PodDisruptionBudget', value);
export const parseClaim = (value: unknown): PersistentVolumeClaim => parse(claimSchema, 'PersistentVolumeClaim', value);
export const parseVolume = (value: unknown): PersistentVolume => parse(volumeSchema, 'PersistentVolume', value);
export const parseConfigMap = (value: unknown): ConfigMap => parse(configMapSchema, 'ConfigMap', value);

/** Items of a list do not say their kind. */
export const parseWorkload = (kind: string, value: unknown): Workload => {
  const { metadata: meta, spec, status } = parse(workloadSchema, kind, value);
  if (kind === 'DaemonSet') {
    return { kind, metadata: meta, wanted: status.desiredNumberScheduled ?? 0, available: status.numberAvailable ?? 0 };
  }
  // A StatefulSet of an old API server tells only who is ready.
  const available = status.availableReplicas ?? (kind === 'StatefulSet' ? status.readyReplicas : undefined) ?? 0;
  return { kind, metadata: meta, wanted: spec.replicas ?? 1, available };
};

const parse = <T>(schema: z.ZodType<T>, kind: string, value: unknown): T => {
  const result = schema.safeParse(withoutNulls(value));
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const where = issue?.path.join('.') ?? '';
  throw malformed(`${kind} ${nameOf(value)}`, `${where}: ${issue?.message ?? 'it is no object'}`);
};

/** To the API null and absent are the same. What it keeps for itself is most of an object, and never used. */
const withoutNulls = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isRecord(value)) return value;
  const entries = Object.entries(value).filter(([key, entry]) => entry !== null && key !== 'managedFields');
  return Object.fromEntries(entries.map(([key, entry]) => [key, withoutNulls(entry)]));
};

const nameOf = (value: unknown): string => {
  const meta = isRecord(value) && isRecord(value.metadata) ? value.metadata : {};
  const name = typeof meta.name === 'string' ? meta.name : '(without a name)';
  return escapeLine(typeof meta.namespace === 'string' ? `${meta.namespace}/${name}` : name, 200);
};
