import * as z from 'zod';
import { condition, labelSelector, metadata, nodeSelector, strings, text } from './object-schemas-shared.ts';
import type { ConfigMap, Node, PersistentVolume, PersistentVolumeClaim, PodDisruptionBudget } from './objects.ts';

export const nodeSchema = z.object({
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

const countOrPercent = z.union([z.number(), text]);

export const budgetSchema = z.object({
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

export const claimSchema = z.object({
  metadata,
  spec: z.object({ volumeName: text.exactOptional(), storageClassName: text.exactOptional() }).default({}),
}) satisfies z.ZodType<PersistentVolumeClaim>;

export const volumeSchema = z.object({
  metadata,
  spec: z
    .object({
      local: z.object({ path: text }).exactOptional(),
      hostPath: z.object({ path: text }).exactOptional(),
      nodeAffinity: z.object({ required: nodeSelector.exactOptional() }).exactOptional(),
    })
    .default({}),
}) satisfies z.ZodType<PersistentVolume>;

export const configMapSchema = z.object({ metadata, data: strings.default({}) }) satisfies z.ZodType<ConfigMap>;

export const workloadSchema = z.object({
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
