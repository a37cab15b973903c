import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { NodeprepError } from '../core/errors.ts';
import { quote } from '../core/shell.ts';
import {
  defaultTimeoutMs,
  kubectlEnvironment,
  lateMessage,
  outputLimitBytes,
  requestTimeout,
  stderrLimitBytes,
  tooLarge,
} from './kubectl-command.ts';
import type { ClusterPort, KubectlAnswer, KubectlOptions } from './port.ts';

export interface LocalKubectl {
  /** An absolute path. */
  readonly kubeconfig: string;
  /** undefined: the current one of the kubeconfig. */
  readonly context: string | undefined;
  /** As the inventory or the user writes it. */
  readonly name: string;
  /** Of this process: credential plugins need it. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** kubectl of this machine, with a kubeconfig that is named and no other. */
export const openLocalKubectl = ({ kubeconfig, context, name, env }: LocalKubectl): ClusterPort => {
  const running = new Set<ChildProcess>();
  const fixed = [`--kubeconfig=${kubeconfig}`, ...(context === undefined ? [] : [`--context=${context}`])];
  const byHand = [`--kubeconfig=${name}`, ...fixed.slice(1)];
  return {
    name: context === undefined ? name : `context ${context} of ${name}`,
    command: `kubectl ${byHand.map(quotePath).join(' ')}`,
    kubectl: async (args, options = {}) => {
      if (options.signal?.aborted === true) throw interrupted(name);
      const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
      const child = spawn('kubectl', [...fixed, requestTimeout(timeoutMs), ...args], {
        // Its own process group: Ctrl-C on the terminal is for nodeprep to act on, and credential plugins end with it.
        detached: true,
        env: kubectlEnvironment(env),
        stdio: ['pipe', 'pipe', 'pipe'],
      });
      running.add(child);
      try {
        return await answerOf(child, name, { ...options, timeoutMs });
      } finally {
        running.delete(child);
      }
    },
    avoid: () => () => undefined,
    close: async () => {
      for (const child of running) endGroup(child);
    },
  };
};

/** `~` is left for the shell. */
const quotePath = (word: string): string =>
  /^--kubeconfig=~[\w./-]*$/.test(word) ? word.replace('=', ' ') : quote(word);

const answerOf = (
  child: ChildProcess & { readonly stdout: Readable; readonly stderr: Readable },
  name: string,
  { stdin, timeoutMs, signal }: KubectlOptions & { readonly timeoutMs: number },
): Promise<KubectlAnswer> =>
  new Promise((resolve, reject) => {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      endGroup(child);
    }, timeoutMs);
    const stop = (): void => endGroup(child);
    signal?.addEventListener('abort', stop);
    const stdout = collect(child.stdout, outputLimitBytes, stop);
    const stderr = collect(child.stderr, stderrLimitBytes, () => undefined);
    const settle = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
    };
    child.once('error', error => {
      settle();
      reject(missing(error));
    });
    child.once('close', code => {
      settle();
      if (signal?.aborted === true) reject(interrupted(name));
      else if (stdout.isTooMuch()) reject(tooLarge(name));
      else if (late) resolve({ code: null, stdout: '', stderr: `${stderr.text()}\n${lateMessage(timeoutMs)}` });
      else resolve({ code, stdout: stdout.text(), stderr: stderr.text() });
    });
    // kubectl that ends before it has read everything is no error of ours.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(stdin ?? '');
  });

interface Collected {
  text(): string;
  isTooMuch(): boolean;
}

const collect = (stream: Readable, limitBytes: number, overflow: () => void): Collected => {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  stream.on('error', () => undefined);
  stream.on('data', (chunk: Buffer) => {
    sizeBytes += chunk.length;
    if (sizeBytes <= limitBytes) chunks.push(chunk);
    else overflow();
  });
  return { text: () => Buffer.concat(chunks).toString('utf8'), isTooMuch: () => sizeBytes > limitBytes };
};

/** kubectl keeps nothing that it would have to put away. */
const endGroup = ({ pid }: ChildProcess): void => {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
};

const interrupted = (name: string): NodeprepError =>
  new NodeprepError('interrupted', `kubectl for ${name} was ended: the run was interrupted.`);

const missing = (cause: Error): NodeprepError => {
  const code = 'code' in cause ? String(cause.code) : '';
  const why = code === 'ENOENT' ? 'is not in PATH of this machine' : `cannot be run on this machine (${code})`;
  return new NodeprepError('kubectl-missing', `kubectl ${why}; nodeprep uses it to talk to the cluster.`, {
    hint,
    cause,
  });
};

const hint =
  'Install it: https://kubernetes.io/docs/tasks/tools/#kubectl  or let a control-plane host do it, in the inventory: cluster: { via: [cp-1] }';
