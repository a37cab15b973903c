import type { DesiredRuntime } from '../../core/desired.ts';
import { known, type Observed } from '../../core/observed.ts';
import type { RuntimeContents } from '../../facts/runtime-contents.ts';
import type { Refusal } from '../installer.ts';
import { planRefused } from '../known-facts.ts';
import type { Bystanders } from './retirement.ts';

/** Containers that containerd runs for others, by namespace: `default/db`. */
export const foreignTasks = (contents: Observed<RuntimeContents>): Bystanders =>
  contents.known ? known(contents.value.tasks.map(({ namespace, id }) => `${namespace}/${id}`)) : contents;

/** What Kubernetes does not own is stopped only where the inventory names it. */
export const foreignRefusals = (
  label: string,
  stopped: Bystanders,
  { foreignContainers = [] }: DesiredRuntime,
): readonly Refusal[] => {
  if (!stopped.known) {
    return [planRefused(`which containers ${label} runs beside Kubernetes is unknown: ${stopped.reason}`)];
  }
  const barring = stopped.value.filter(name => !foreignContainers.includes(name)).toSorted();
  if (barring.length === 0) return [];
  return [
    planRefused(
      `${label} runs containers that Kubernetes does not own, and they would stop: ${barring.join(', ')}`,
      `Move them away or stop them; or allow it by name: runtime: { foreignContainers: [${barring.join(', ')}] }.`,
    ),
  ];
};
