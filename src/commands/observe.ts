import { randomBytes } from 'node:crypto';
import type { Access, Connection } from '../connect/connection.ts';
import { known, type Observed } from '../core/observed.ts';
import { askCri } from '../cri/ask-cri.ts';
import { withSandboxes } from '../facts/cluster-state.ts';
import type { CriAnswers } from '../facts/cri.ts';
import type { Answers } from '../facts/evaluate.ts';
import { gather, prepareQuestion } from '../facts/gather.ts';
import type { FactId, ObservedFacts } from '../facts/index.ts';
import { isGatherable } from '../facts/registry.ts';

export interface Observation {
  readonly facts: ObservedFacts;
  readonly access: Access;
  /** Raw, for recordings. */
  readonly answers: Answers;
  readonly sentAt: number;
  readonly receivedAt: number;
}

export type Observer = (connection: Connection, signal: AbortSignal) => Promise<Observation>;

/**
 * Everything hosts can say: the fact program, and CRI where a runtime's socket is there. Two execs at most on each host,
 * and one program for all of them.
 */
export const createObserver = (ids: readonly FactId[]): Observer => {
  const question = prepareQuestion(factsToGather(ids), randomBytes(16).toString('hex'));
  return async (connection, signal) => {
    const gathered = await gather(connection, question, { now: Date.now, signal });
    const cri = ids.includes('cri') ? await askRuntimes(connection, gathered.facts, signal) : gathered.facts.cri;
    // An answer that was cut short by the operator is none.
    signal.throwIfAborted();
    const clusterState = withSandboxes(gathered.facts.clusterState, cri);
    return { ...gathered, facts: { ...gathered.facts, cri, clusterState } };
  };
};

/** CRI is asked where there are sockets. */
const factsToGather = (ids: readonly FactId[]) =>
  [...new Set<FactId>(ids.includes('cri') ? [...ids, 'criSockets'] : ids)].filter(isGatherable);

/** One host alone. */
export const observe = (connection: Connection, ids: readonly FactId[], signal: AbortSignal): Promise<Observation> =>
  createObserver(ids)(connection, signal);

/** A host without a runtime answers with no sockets at all, which is known. */
const askRuntimes = async (
  connection: Connection,
  { criSockets }: Pick<ObservedFacts, 'criSockets'>,
  signal: AbortSignal,
): Promise<Observed<CriAnswers>> => {
  // Recordings of versions that knew one runtime hold answers without the list of sockets.
  const sockets = connection.replay === undefined ? criSockets : known(Object.keys(connection.replay.cri));
  if (!sockets.known) return sockets;
  const options = { timeoutMs: 10_000, signal };
  const answers = sockets.value.map(async socket => [socket, await askCri(connection, socket, options)] as const);
  return known(Object.fromEntries(await Promise.all(answers)));
};
