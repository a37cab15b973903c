import { NodeprepError } from '../core/errors.ts';
import { escapeLine } from '../core/escape.ts';
import { explainFailure } from './explain-failure.ts';
import { failureOf, type KubectlFailure } from './kubectl-failure.ts';
import { createLimit } from './limit.ts';
import type { ClusterPort, KubectlAnswer } from './port.ts';

export interface RequestOptions {
  /** What it is for, in a sentence such as 'X does not let this user DOING': `cordon node worker-1`. */
  readonly doing: string;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Not to wait behind others: the lock must be renewed in time. */
  readonly isUrgent?: boolean;
  /** `stderr` of a refusal shall hold the whole answer, which kubectl otherwise keeps for itself. */
  readonly isVerbose?: boolean;
}

/** The API by raw requests: one request of kubectl each, no discovery, nothing cached on the machine where it runs. */
export interface Api {
  readonly port: ClusterPort;
  /** Requests so far. */
  requests(): number;
  /** undefined: there is no such object. */
  get(path: string, options: RequestOptions): Promise<unknown>;
  /** Whether the path answers 200, whatever it says; else why not. */
  probe(path: string, options: RequestOptions): Promise<KubectlFailure | undefined>;
  /** All items, page by page. */
  list(path: string, options: RequestOptions): Promise<readonly unknown[]>;
  /** `failure` where the API server answered no (`Status`): for callers to whom that is an answer. */
  create(path: string, body: unknown, options: RequestOptions): Promise<Written>;
  /** Guarded by the `resourceVersion` in the body. */
  replace(path: string, body: unknown, options: RequestOptions): Promise<Written>;
}

export type Written =
  | { readonly ok: true; readonly object: unknown }
  | {
      readonly ok: false;
      readonly reason: string;
      readonly message: string;
      /** Everything that kubectl said. */
      readonly stderr: string;
    };

/** OpenSSH lets ten sessions through one connection (MaxSessions). */
const atOnce = 6;
const pageSize = 500;
/** 100 000 objects; a cluster may have 150 000 pods at most. */
const maxPages = 400;

export const createApi = (port: ClusterPort): Api => {
  let count = 0;
  const limited = createLimit(atOnce);

  const ask = async (args: readonly string[], stdin: string | undefined, options: RequestOptions) => {
    const { timeoutMs, signal, isUrgent = false } = options;
    const run = (): Promise<KubectlAnswer> => {
      count += 1;
      return port.kubectl(args, {
        ...(stdin === undefined ? {} : { stdin }),
        ...(timeoutMs === undefined ? {} : { timeoutMs }),
        ...(signal === undefined ? {} : { signal }),
      });
    };
    return isUrgent ? run() : limited(run);
  };

  const read = async (path: string, options: RequestOptions): Promise<Read> => {
    const answer = await ask(['get', `--raw=${path}`], undefined, options);
    if (answer.code === 0) return { object: parseAnswer(answer.stdout, path) };
    const failure = failureOf(answer);
    if (failure.kind === 'status' && failure.reason === 'NotFound') return { failure };
    if (failure.kind === 'status' && failure.reason === 'Expired') return { failure };
    throw await explainFailure(port, failure, options.doing);
  };

  const write = async (verb: 'create' | 'replace', path: string, body: unknown, options: RequestOptions) => {
    const words = [verb, `--raw=${path}`, '--filename=-', ...(options.isVerbose === true ? ['-v=8'] : [])];
    const answer = await ask(words, JSON.stringify(body), options);
    if (answer.code === 0) return { ok: true, object: parseAnswer(answer.stdout, path) } as const;
    const failure = failureOf(answer);
    if (failure.kind !== 'status' || failure.reason === 'Forbidden') {
      throw await explainFailure(port, failure, options.doing);
    }
    return { ok: false, reason: failure.reason, message: failure.message, stderr: answer.stderr } as const;
  };

  const listOnce = async (path: string, options: RequestOptions): Promise<readonly unknown[] | undefined> => {
    const items: unknown[] = [];
    let next = '';
    for (let page = 0; page < maxPages; page += 1) {
      const query = `${path.includes('?') ? '&' : '?'}limit=${pageSize}${next === '' ? '' : `&continue=${encodeURIComponent(next)}`}`;
      const { object, failure } = await read(`${path}${query}`, options);
      if (failure?.kind === 'status' && failure.reason === 'Expired') return undefined;
      if (failure !== undefined) throw await explainFailure(port, failure, options.doing);
      const list = readList(object, path);
      items.push(...list.items);
      next = list.next;
      if (next === '') return items;
    }
    throw new NodeprepError(
      'answer-too-large',
      `${port.name} has more than ${maxPages * pageSize} objects at ${path}.`,
    );
  };

  return {
    port,
    requests: () => count,
    get: async (path, options) => (await read(path, options)).object,
    probe: async (path, options) => {
      const answer = await ask(['get', `--raw=${path}`], undefined, options);
      return answer.code === 0 ? undefined : failureOf(answer);
    },
    list: async (path, options) => {
      // A list that took longer than the API server keeps its version (5 min) is begun again.
      const items = (await listOnce(path, options)) ?? (await listOnce(path, options));
      if (items !== undefined) return items;
      throw new NodeprepError('cluster-unreachable', `${port.name} is too slow to list ${path}.`);
    },
    create: (path, body, options) => write('create', path, body, options),
    replace: (path, body, options) => write('replace', path, body, options),
  };
};

interface Read {
  readonly object?: unknown;
  readonly failure?: KubectlFailure;
}

const parseAnswer = (text: string, path: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw malformed(path, `it is not JSON: ${escapeLine(text, 100)}`, cause);
  }
};

const readList = (object: unknown, path: string): { readonly items: readonly unknown[]; readonly next: string } => {
  if (!isRecord(object) || !isRecord(object.metadata)) throw malformed(path, 'it is no list');
  const { items } = object;
  // Go writes an empty list as null.
  if (items !== null && !Array.isArray(items)) throw malformed(path, 'it has no items');
  const next = object.metadata.continue;
  return { items: items ?? [], next: typeof next === 'string' ? next : '' };
};

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const malformed = (what: string, why: string, cause?: unknown): NodeprepError =>
  new NodeprepError('answer-malformed', `the API server's answer for ${escapeLine(what, 200)} cannot be read: ${why}`, {
    hint: 'Is this a Kubernetes API server, or a proxy in front of it?',
    cause,
  });
