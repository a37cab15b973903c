import type { DesiredNode } from '../../core/desired.ts';
import type { Observed } from '../../core/observed.ts';
import type { RuntimeName } from '../../core/runtimes/index.ts';
import { profileOf } from '../../core/runtimes/index.ts';
import type { Containerd } from '../../facts/containerd.ts';
import type { CriAnswer, CriAnswers } from '../../facts/cri.ts';
import type { Docker } from '../../facts/docker.ts';
import type { DataOwner, RuntimeContents } from '../../facts/runtime-contents.ts';
import type { Services } from '../../facts/services.ts';
import type { InstallerPlan } from '../installer.ts';

/** What is looked at of runtimes that are to serve no more. */
export interface Seen {
  readonly services: Services;
  readonly cri: CriAnswers;
  readonly joined: boolean;
  readonly containerd: Observed<Containerd>;
  readonly docker: Observed<Docker>;
  readonly contents: Observed<RuntimeContents>;
}

/** Containers that Kubernetes does not own and that stop with the runtime, by name; unknown is never none. */
export type Bystanders = Observed<readonly string[]>;

/** How one runtime is retired once the inventory names another one. Pure. One runtime, one file. */
export interface Retirement {
  /** Names in inventories that mean it. */
  readonly names: readonly RuntimeName[];
  /** In sentences. */
  readonly label: string;
  /** Where it serves CRI. */
  readonly socket: string;
  /** Whose images and containers they are. */
  readonly owner: DataOwner;
  /** What runs it. */
  readonly units: readonly string[];
  /** It serves CRI, or will from the next boot on. */
  serves(seen: Seen): boolean;
  /** With it the inventory's runtime is set up anyway, and no migration. */
  isBeneath(seen: Seen, desired: DesiredNode): boolean;
  plan(seen: Seen, desired: DesiredNode, isMigration: boolean): InstallerPlan;
  bystanders(seen: Seen, desired: DesiredNode): Bystanders;
  /** Containers that Kubernetes does not own and that it keeps, whether they run or not. */
  holds(seen: Seen): Bystanders;
  /** The runtime that the inventory names, or one that nobody retires, keeps its containers in the same place. */
  isShared?(seen: Seen, desired: DesiredNode): boolean;
}

export const answerAt = ({ cri }: Seen, socket: string): (CriAnswer & { readonly answered: true }) | undefined => {
  const answer = cri[socket];
  return answer?.answered ? answer : undefined;
};

const enabledStates: readonly string[] = ['enabled', 'enabled-runtime'];
const activeStates: readonly string[] = ['active', 'activating', 'reloading'];

/** It runs, or will run after the next boot. */
export const isInUse = ({ services }: Pick<Seen, 'services'>, unit: string): boolean => {
  const state = services[unit];
  if (state === undefined || state.loadState === 'not-found') return false;
  return enabledStates.includes(state.unitFileState) || activeStates.includes(state.activeState);
};

export const isDockerLike = ({ runtime: { name } }: DesiredNode): boolean => profileOf(name).isDockerLike;
