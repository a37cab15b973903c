import * as z from 'zod';

/** What is used of the API's objects; everything else is let go. */
export const text = z.string();
export const texts = z.array(text);
export const strings = z.record(text, text);

export const ownerReference = z.object({
  apiVersion: text,
  kind: text,
  name: text,
  uid: text,
  controller: z.boolean().exactOptional(),
});

export const metadata = z.object({
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

export const condition = z.object({
  type: text,
  status: text,
  reason: text.exactOptional(),
  message: text.exactOptional(),
  lastHeartbeatTime: text.exactOptional(),
  lastTransitionTime: text.exactOptional(),
});

export const expressions = z.array(z.object({ key: text, operator: text, values: texts.exactOptional() }));
export const labelSelector = z.object({
  matchLabels: strings.exactOptional(),
  matchExpressions: expressions.exactOptional(),
});
export const nodeSelector = z.object({
  nodeSelectorTerms: z.array(
    z.object({ matchExpressions: expressions.exactOptional(), matchFields: expressions.exactOptional() }),
  ),
});
