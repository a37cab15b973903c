import * as z from 'zod';
import { condition, labelSelector, metadata, nodeSelector, strings, text, texts } from './object-schemas-shared.ts';
import type { Pod } from './objects.ts';

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

export const podSchema = z.object({
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
  status: z
    .object({
      phase: text.exactOptional(),
      conditions: z.array(condition).exactOptional(),
      containerStatuses: z.array(z.object({ containerID: text.exactOptional() })).exactOptional(),
    })
    .default({}),
}) satisfies z.ZodType<Pod>;
