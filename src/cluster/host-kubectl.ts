import type { Connection } from '../connect/connection.ts';
import { NodeprepError } from '../core/errors.ts';
import { escapeLine } from '../core/escape.ts';
import { type ClusterClock, systemClock } from './clock.ts';
import { firstAnswer, type Outcome } from './first-answer.ts';
import { createHostConnections, type HostConnections, type KubectlHost } from './host-connections.ts';
import { endedByTimeout, hostProgram, kubeconfigs, noKubeconfig, noKubectl } from './host-program.ts';
import { defaultTimeoutMs, lateMessage, outputLimitBytes, requestTimeout, tooLarge } from './kubectl-command.ts';
import { isOfThisWay } from './kubectl-failure.ts';
import type { ClusterPort, KubectlAnswer, KubectlOptions } from './port.ts';

/**
 * kubectl on control-plane hosts, as root: whoever answered last, and the next where that one fails or says nothing.
 * Everything asked of it can be asked twice, also at the same time.
 */
export const openHostKubectl = (
  hosts: readonly KubectlHost[],
  { clock = systemClock }: { readonly clock?: Pick<ClusterClock, 'now' | 'sleep'> } = {},
): ClusterPort => {
  const name = `kubectl on ${hosts.map(host => host.name).join(', ')}`;
  const avoided = new Map<string, number>();
  const connections = createHostConnections();
  /** Who answered last: asked first. */
  let preferred: string | undefined;

  return {
    name,
    command: `kubectl --kubeconfig ${kubeconfigs[0]}`,
    kubectl: async (args, { timeoutMs = defaultTimeoutMs, ...options } = {}) => {
      const candidates = inOrder(hosts, preferred).filter(host => (avoided.get(host.name) ?? 0) === 0);
      if (candidates.length === 0) throw allAvoided(hosts);
      const ask = { connections, clock, args, options, endsAt: clock.now() + timeoutMs, timeoutMs };
      const attempts = candidates.map(host => (over: AbortSignal) => tryHost(host, ask, over));
      // So that the last one has as much time as passed between two.
      const joinAfterMs = timeoutMs / (candidates.length + 1);
      const outcome = await firstAnswer(attempts, { joinAfterMs, clock });
      if ('failures' in outcome) return noneAnswered(inOrderOf(hosts, outcome.failures));
      preferred = outcome.answer.host;
      return outcome.answer.answer;
    },
    avoid: host => {
      avoided.set(host, (avoided.get(host) ?? 0) + 1);
      let isLifted = false;
      return () => {
        if (!isLifted) avoided.set(host, (avoided.get(host) ?? 1) - 1);
        isLifted = true;
      };
    },
    close: connections.close,
  };
};

interface HostAnswer {
  readonly host: string;
  readonly answer: KubectlAnswer;
}

interface HostFailure {
  readonly host: string;
  readonly why: string;
  /** Where kubectl itself said so. */
  readonly answer?: KubectlAnswer;
  readonly error?: NodeprepError;
  /** The connection is of no use any more. */
  readonly isLost: boolean;
}

interface Ask {
  readonly connections: HostConnections;
  readonly clock: Pick<ClusterClock, 'now' | 'sleep'>;
  readonly args: readonly string[];
  readonly options: Omit<KubectlOptions, 'timeoutMs'>;
  /** Of all hosts together, on this clock. */
  readonly endsAt: number;
  readonly timeoutMs: number;
}

const inOrder = (hosts: readonly KubectlHost[], first: string | undefined): readonly KubectlHost[] =>
  hosts.toSorted((left, right) => Number(right.name === first) - Number(left.name === first));

/** For people: as the inventory has them, not as they happened to fail. */
const inOrderOf = (hosts: readonly KubectlHost[], failures: readonly HostFailure[]): readonly HostFailure[] =>
  hosts.flatMap(({ name }) => failures.filter(({ host }) => host === name));

/** A connection that was lost since it was last used is no fault of the host: it is opened once more. */
const tryHost = async (host: KubectlHost, ask: Ask, over: AbortSignal): Promise<Outcome<HostAnswer, HostFailure>> => {
  const opening = ask.connections.get(host);
  const outcome = await inTime(host.name, askHost(host.name, opening.connection, ask, over), ask, over);
  if ('answer' in outcome || !outcome.failure.isLost) return outcome;
  ask.connections.forget(host, opening);
  return opening.isUsed && ask.clock.now() < ask.endsAt ? tryHost(host, ask, over) : outcome;
};

/** kubectl ends itself a second earlier; a host that says nothing any more, or opens no session, does not. */
const inTime = async <T>(
  host: string,
  asked: Promise<Outcome<T, HostFailure>>,
  { clock, endsAt, timeoutMs }: Ask,
  over: AbortSignal,
): Promise<Outcome<T, HostFailure>> => {
  const heard = new AbortController();
  const silence = clock.sleep(endsAt + graceMs - clock.now(), AbortSignal.any([heard.signal, over]));
  const outcome = await Promise.race([asked, silence]).finally(() => heard.abort());
  if (outcome !== undefined) return outcome;
  const answer = lateAnswer(timeoutMs);
  // Another host was quicker: others may still be served over this connection.
  return { failure: { host, why: answer.stderr, answer, isLost: !over.aborted } };
};

const graceMs = 1_000;

const lateAnswer = (timeoutMs: number): KubectlAnswer => ({ code: null, stdout: '', stderr: lateMessage(timeoutMs) });

const askHost = async (
  host: string,
  connection: Promise<Connection>,
  ask: Ask,
  over: AbortSignal,
): Promise<Outcome<HostAnswer, HostFailure>> => {
  try {
    const answer = await runOn(await connection, ask, over);
    if (answer.code === noKubectl) return settingOf(host, 'it has no kubectl', noKubectlOn(host));
    if (answer.code === noKubeconfig) return settingOf(host, 'it has no admin.conf', noConfigOn(host));
    if (answer.code === endedByTimeout) {
      const late = lateAnswer(ask.timeoutMs);
      return { failure: { host, why: late.stderr, answer: late, isLost: false } };
    }
    if (!isOfThisWay(answer)) return { answer: { host, answer } };
    return { failure: { host, why: lastLine(answer.stderr), answer, isLost: answer.code === null } };
  } catch (error) {
    if (!(error instanceof NodeprepError) || ['interrupted', 'answer-too-large'].includes(error.code)) throw error;
    return { failure: { host, why: error.message, error, isLost: true } };
  }
};

const settingOf = (host: string, why: string, error: NodeprepError): { readonly failure: HostFailure } => ({
  failure: { host, why, error, isLost: false },
});

const runOn = async (
  connection: Connection,
  { args, options: { stdin, signal }, clock, endsAt }: Ask,
  over: AbortSignal,
): Promise<KubectlAnswer> => {
  const leftMs = Math.max(shortestMs, endsAt - clock.now());
  const ended = signal === undefined ? over : AbortSignal.any([signal, over]);
  const program = hostProgram([requestTimeout(leftMs), ...args], stdin, leftMs);
  const session = await connection.start(program, { as: 'root', signal: ended });
  try {
    const stdout = await readAll(session.stdout, connection.host);
    const { code } = await session.exit;
    if (!ended.aborted) return { code, stdout, stderr: session.stderr() };
  } catch (error) {
    if (error instanceof NodeprepError || !ended.aborted) throw error;
  }
  throw new NodeprepError('interrupted', `kubectl on ${connection.host} was ended: the run was interrupted.`);
};

const shortestMs = 2_000;

const readAll = async (stream: AsyncIterable<Buffer>, host: string): Promise<string> => {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of stream) {
    sizeBytes += chunk.length;
    if (sizeBytes > outputLimitBytes) throw tooLarge(host);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
};

const lastLine = (text: string): string => escapeLine(text.trim().split('\n').at(-1) ?? '', 200);

/** What kubectl said is explained by whoever asked; else the hosts are named with what is wrong with each. */
const noneAnswered = (failures: readonly HostFailure[]): KubectlAnswer => {
  const [first] = failures;
  const answer = failures.find(failure => failure.answer !== undefined)?.answer;
  if (answer !== undefined) return answer;
  if (first?.error !== undefined && failures.length === 1) throw first.error;
  const told = failures.map(({ host, why }) => `${host}: ${why}`).join('; ');
  throw new NodeprepError('cluster-unreachable', `no host of cluster.via answers for the cluster: ${told}`, {
    hint: 'Bring one of them back, name another control-plane host in cluster.via, or use cluster: { kubeconfig: PATH }.',
  });
};

const allAvoided = (hosts: readonly KubectlHost[]): NodeprepError => {
  const names = hosts.map(({ name }) => name).join(', ');
  return new NodeprepError('cluster-unreachable', `every host of cluster.via is being changed now: ${names}`, {
    hint: 'Name a second control-plane host in cluster.via, or use cluster: { kubeconfig: PATH }.',
  });
};

const noKubectlOn = (host: string): NodeprepError =>
  new NodeprepError('kubectl-missing', `there is no kubectl on ${host}; cluster.via uses that of the host.`, {
    hint: `Install it there, or use the one of this machine: cluster: { kubeconfig: PATH }`,
  });

const noConfigOn = (host: string): NodeprepError =>
  new NodeprepError('cluster-denied', `${host} has no kubeconfig for root (/etc/kubernetes/admin.conf).`, {
    hint: 'cluster.via names control-plane hosts made by kubeadm; else use cluster: { kubeconfig: PATH }',
  });
