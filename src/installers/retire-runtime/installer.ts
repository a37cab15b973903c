import { criSocketOf } from '../../core/cri-endpoint.ts';
import type { DesiredNode } from '../../core/desired.ts';
import type { ObservedFacts } from '../../facts/index.ts';
import { laterCriOff } from '../containerd/cri-off.ts';
import { defineInstaller, type InstallerPlan, type Migration } from '../installer.ts';
import { nothing } from '../known-facts.ts';
import { containerd } from './containerd.ts';
import { criO } from './cri-o.ts';
import { docker } from './docker.ts';
import { foreignRefusals } from './foreign.ts';
import { answerAt, isDockerLike, type Retirement, type Seen } from './retirement.ts';
import { effectsOf, fateOf, whoServes } from './words.ts';

/** A new runtime is its file, and a word here. */
export const retirements: readonly Retirement[] = [containerd, criO, docker];

const needs = ['clusterState', 'containerd', 'cri', 'docker', 'runtimeContents', 'services'] as const;

/**
 * Exactly one runtime serves CRI, the one that the inventory names: another one that does is retired, in the round in which the new one
 * is set up (plan/around-kubelet.ts). Its packages, images and containers stay.
 */
export const retireRuntime = defineInstaller({
  id: 'retire-runtime',
  source: 'https://kubernetes.io/docs/setup/production-environment/tools/kubeadm/install-kubeadm/#installing-runtime',
  needs,
  appliesTo: () => true,
  plan(facts, desired) {
    const seen = seenOf(facts);
    // What is unknown here bars the plan of the runtime too.
    if (seen === undefined) return nothing;
    const parts = retirements
      .filter(({ names }) => !names.includes(desired.runtime.name))
      .map(retirement => planOne(retirement, seen, desired));
    const from = parts.flatMap(({ migration }) => migration?.from ?? []);
    return {
      changes: parts.flatMap(({ changes }) => changes),
      later: parts.some(({ changes }) => changes.length > 0) ? [] : comingBeneath(seen, desired),
      refusals: parts.flatMap(({ refusals }) => refusals),
      originals: Object.assign({}, ...parts.map(({ originals }) => originals)) as Readonly<Record<string, string>>,
      ...(from.length === 0
        ? {}
        : {
            migration: {
              from,
              to: desired.runtime.name,
              effects: parts.flatMap(({ migration }) => migration?.effects ?? []),
            },
          }),
    };
  },
});

export const seenOf = ({
  services,
  cri,
  clusterState,
  containerd: containerdFact,
  docker: dockerFact,
  runtimeContents: contents,
}: Pick<ObservedFacts, (typeof needs)[number]>): Seen | undefined =>
  services.known && clusterState.known
    ? {
        services: services.value,
        cri: cri.known ? cri.value : {},
        joined: clusterState.value.joined,
        containerd: containerdFact,
        docker: dockerFact,
        contents,
      }
    : undefined;

const planOne = (retirement: Retirement, seen: Seen, desired: DesiredNode): InstallerPlan => {
  if (!retirement.serves(seen) && !retirement.isBeneath(seen, desired)) return nothing;
  const isMigration = retirement.serves(seen) && !isSettingUp(retirement, seen, desired);
  const plan = retirement.plan(seen, desired, isMigration);
  if (!isMigration) return plan;
  const stopped = retirement.bystanders(seen, desired);
  const migration: Migration = {
    from: [whoServes(retirement, seen)],
    to: desired.runtime.name,
    effects: effectsOf(retirement, plan, seen, stopped.known ? stopped.value : []),
  };
  const barred = foreignRefusals(retirement.label, stopped, desired.runtime);
  const fate = fateOf(retirement, seen, stopped.known ? stopped.value : []);
  const changes = plan.changes.map((change, index) =>
    index === 0 ? { ...change, because: [change.because, ...fate].join('; ') } : change,
  );
  return { ...plan, changes, migration, refusals: [...plan.refusals, ...barred] };
};

/** What the inventory's runtime brings itself serves nobody yet. */
const isSettingUp = (retirement: Retirement, seen: Seen, desired: DesiredNode): boolean => {
  if (!retirement.isBeneath(seen, desired)) return false;
  if ((answerAt(seen, retirement.socket)?.sandboxes ?? 0) > 0) return false;
  return !seen.joined || seen.cri[criSocketOf(desired.runtime.name)] !== undefined;
};

/** The packages of Docker bring a containerd that serves CRI too, or may. */
const comingBeneath = ({ docker: observed }: Seen, desired: DesiredNode): InstallerPlan['later'] => {
  if (!isDockerLike(desired) || desired.runtime.keepContainerdCri === true || !observed.known) return [];
  const { engine, criDockerd } = observed.value;
  return engine === '' || criDockerd === '' ? laterCriOff : [];
};
