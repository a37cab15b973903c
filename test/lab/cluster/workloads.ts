import type { Manifest } from './manifests.ts';

/** A program that ends at once on SIGTERM. It is in every node of a lab cluster, and in no registry. */
export const POLITE_IMAGE = 'lab.invalid/polite:1';
/** A program that ignores SIGTERM: it lives through its whole grace period. */
export const STUBBORN_IMAGE = 'lab.invalid/stubborn:1';

export interface WorkloadOptions {
  readonly namespace?: string;
  /** Of a registry that the nodes reach; it is pulled where it is absent. */
  readonly image?: string;
  readonly graceSeconds?: number;
  /** Of the pod, over what the builder makes: nodeSelector, tolerations, volumes, … */
  readonly spec?: object;
  readonly requests?: Record<string, string>;
}

export function deployment(name: string, replicas: number, options: WorkloadOptions = {}): Manifest {
  const spec = { replicas, selector: { matchLabels: { app: name } }, template: template(name, options) };
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: metadata(name, options), spec };
}

/** Tolerates everything, as the agents of a network or storage do. */
export function daemonSet(name: string, options: WorkloadOptions = {}): Manifest {
  const everywhere = { ...options, spec: { tolerations: [{ operator: 'Exists' }], ...options.spec } };
  const spec = { selector: { matchLabels: { app: name } }, template: template(name, everywhere) };
  return { apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: metadata(name, options), spec };
}

/** Of a Deployment of the same name: `{ minAvailable: 2 }` or `{ maxUnavailable: 1 }`. */
export function budget(
  name: string,
  limit: { minAvailable: number | string } | { maxUnavailable: number | string },
  options: Pick<WorkloadOptions, 'namespace'> = {},
): Manifest {
  const spec = { selector: { matchLabels: { app: name } }, ...limit };
  return { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: metadata(name, options), spec };
}

/** A pod without a controller. */
export function barePod(name: string, options: WorkloadOptions = {}): Manifest {
  const { spec, metadata: labels } = template(name, options);
  return { apiVersion: 'v1', kind: 'Pod', metadata: { ...metadata(name, options), ...labels }, spec };
}

function metadata(name: string, { namespace = 'default' }: WorkloadOptions): object {
  return { name, namespace };
}

function template(name: string, options: WorkloadOptions): { metadata: object; spec: object } {
  const { image = POLITE_IMAGE } = options;
  const container = {
    name: 'main',
    image,
    imagePullPolicy: image.startsWith('lab.invalid/') ? 'Never' : 'IfNotPresent',
    ...(options.requests && { resources: { requests: options.requests } }),
  };
  const spec = { terminationGracePeriodSeconds: options.graceSeconds ?? 5, containers: [container] };
  return { metadata: { labels: { app: name } }, spec: { ...spec, ...options.spec } };
}
