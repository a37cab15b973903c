import type { Connection } from '../connect/connection.ts';
import { NodeprepError } from '../core/errors.ts';
import { escapeLine } from '../core/escape.ts';
import { createHostConnections, type HostConnections, type KubectlHost } from './host-connections.ts';
import { endedByTimeout, hostProgram, kubeconfigs, noKubeconfig, noKubectl } from './host-program.ts';
import { defaultTimeoutMs, lateMessage, outputLimitBytes, requestTimeout, tooLarge } from './kubectl-command.ts';
import { isOfThisWay } from './kubectl-failure.ts';
import type { ClusterPort, KubectlAnswer, KubectlOptions } from './port.ts';

/** kubectl on control-plane hosts, as root: the first that answers, then the next. Everything asked of it can be asked twice. */
export const openHostKubectl = (hosts: readonly KubectlHost[]): ClusterPort => {
  const name = `kubectl on ${hosts.map(host => host.name).join(', ')}`;
  const avoided = new Map<string, number>();
  const connections = createHostConnections();
  /** Who answered last: asked first. */
  let preferred: string | undefined;

  return {
    name,
    command: `kubectl --kubeconfig ${kubeconfigs[0]}`,
    kubectl: async (args, options = {}) => {
      const candidates = inOrder(hosts, preferred).filter(host => (avoided.get(host.name) ?? 0) === 0);
      if (candidates.length === 0) throw allAvoided(hosts);
      const failures: HostFailure[] = [];
      for (const host of candidates) {
        const outcome = await tryHost(host, connections, args, options);
        if (!('why' in outcome)) {
          preferred = host.name;
          return outcome;
        }
        failures.push(outcome);
      }
      return noneAnswered(failures);
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

interface HostFailure {
  readonly host: string;
  readonly why: string;
  /** Where kubectl itself said so. */
  readonly answer?: KubectlAnswer;
  readonly error?: NodeprepError;
}

const inOrder = (hosts: readonly KubectlHost[], first: string | undefined): readonly KubectlHost[] =>
  hosts.toSorted((left, right) => Number(right.name === first) - Number(left.name === first));

/** A connection that was lost since it was last used is no fault of the host: it is opened once more. */
const tryHost = async (
  host: KubectlHost,
  connections: HostConnections,
  args: readonly string[],
  options: KubectlOptions,
): Promise<KubectlAnswer | HostFailure> => {
  const opening = connections.get(host);
  const outcome = await askHost(host.name, opening.connection, args, options);
  const isLost =
    'why' in outcome && (outcome.answer === undefined ? !isSetting(outcome) : outcome.answer.code === null);
  if (!isLost) return outcome;
  connections.forget(host, opening);
  return opening.isUsed ? tryHost(host, connections, args, options) : outcome;
};

const isSetting = ({ error }: HostFailure): boolean =>
  error?.code === 'kubectl-missing' || error?.code === 'cluster-denied';

const askHost = async (
  host: string,
  connection: Promise<Connection>,
  args: readonly string[],
  options: KubectlOptions,
): Promise<KubectlAnswer | HostFailure> => {
  try {
    const answer = await runOn(await connection, args, options);
    if (answer.code === noKubectl) return { host, why: 'it has no kubectl', error: noKubectlOn(host) };
    if (answer.code === noKubeconfig) return { host, why: 'it has no admin.conf', error: noConfigOn(host) };
    return isOfThisWay(answer) ? { host, why: lastLine(answer.stderr), answer } : answer;
  } catch (error) {
    if (!(error instanceof NodeprepError) || ['interrupted', 'answer-too-large'].includes(error.code)) throw error;
    return { host, why: error.message, error };
  }
};

const runOn = async (
  connection: Connection,
  args: readonly string[],
  { stdin, signal, timeoutMs = defaultTimeoutMs }: KubectlOptions,
): Promise<KubectlAnswer> => {
  const program = hostProgram([requestTimeout(timeoutMs), ...args], stdin, timeoutMs);
  const session = await connection.start(program, { as: 'root', ...(signal === undefined ? {} : { signal }) });
  let isSilent = false;
  // kubectl ends itself a second earlier; a host that says nothing any more does not.
  const timer = setTimeout(() => {
    isSilent = true;
    session.close();
  }, timeoutMs + graceMs);
  try {
    const stdout = await readAll(session.stdout, connection.host);
    const exit = await session.exit;
    const code = isSilent || exit.code === endedByTimeout ? null : exit.code;
    const stderr = code === null ? `${session.stderr()}\n${lateMessage(timeoutMs)}` : session.stderr();
    if (signal?.aborted !== true) return { code, stdout, stderr };
  } catch (error) {
    if (error instanceof NodeprepError || !(isSilent || signal?.aborted === true)) throw error;
    if (isSilent) return { code: null, stdout: '', stderr: lateMessage(timeoutMs) };
  } finally {
    clearTimeout(timer);
  }
  throw new NodeprepError('interrupted', `kubectl on ${connection.host} was ended: the run was interrupted.`);
};

const graceMs = 5_000;

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
