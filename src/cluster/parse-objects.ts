import type * as z from 'zod';
import { escapeLine } from '../core/escape.ts';
import { isRecord, malformed } from './api.ts';
import {
  budgetSchema,
  claimSchema,
  configMapSchema,
  nodeSchema,
  volumeSchema,
  workloadSchema,
} from './object-schemas.ts';
import type {
  ConfigMap,
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  PodDisruptionBudget,
  Workload,
} from './objects.ts';
import { podSchema } from './pod-schema.ts';

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
