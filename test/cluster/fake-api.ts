import type { ClusterClock } from '../../src/cluster/clock.ts';
import type { ClusterPort, KubectlAnswer } from '../../src/cluster/port.ts';

interface FakeObject {
  [key: string]: unknown;
  metadata: { name: string; namespace?: string; resourceVersion?: string; [key: string]: unknown };
}

export interface FakeApi extends ClusterPort {
  /** By path. */
  readonly objects: Map<string, FakeObject>;
  /** `get /api/v1/nodes/a`, in order. */
  readonly asked: string[];
  /** Answers in place of the usual ones; undefined: the usual one. */
  answer: (verb: string, path: string, body: unknown) => KubectlAnswer | undefined;
  put(path: string, object: object): void;
  /** Waited for before each answer. */
  before: () => Promise<void>;
}

const ok = (value: unknown): KubectlAnswer => ({ code: 0, stdout: JSON.stringify(value), stderr: '' });

/** As kubectl tells a `Status`. */
export const refused = (reason: string, message: string): KubectlAnswer => ({
  code: 1,
  stdout: '',
  stderr: `Error from server (${reason}): ${message}\n`,
});

export const failed = (stderr: string): KubectlAnswer => ({ code: 1, stdout: '', stderr });

/** Objects by path with resource versions, as far as raw requests go. Synthetic: what a real API server says is asked in test/clusters. */
export const fakeApi = (): FakeApi => {
  const objects = new Map<string, FakeObject>();
  const asked: string[] = [];
  let version = 0;

  const store = (path: string, object: FakeObject): FakeObject => {
    version += 1;
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } };
    objects.set(path, stored);
    return stored;
  };

  const get = (path: string): KubectlAnswer => {
    const [plain = '', query = ''] = path.split('?');
    const found = objects.get(plain);
    if (found !== undefined) return ok(found);
    if (!query.includes('limit=')) return refused('NotFound', `${plain} not found`);
    const items = [...objects].filter(([at]) => at.startsWith(`${plain}/`)).map(([, object]) => object);
    return ok({ metadata: {}, items: items.length === 0 ? null : items });
  };

  const write = (verb: string, path: string, body: FakeObject): KubectlAnswer => {
    if (verb === 'create') {
      const at = `${path}/${body.metadata.name}`;
      return objects.has(at) ? refused('AlreadyExists', `${at} already exists`) : ok(store(at, body));
    }
    const before = objects.get(path);
    if (before === undefined) return refused('NotFound', `${path} not found`);
    return before.metadata.resourceVersion === body.metadata.resourceVersion
      ? ok(store(path, body))
      : refused('Conflict', 'the object has been modified');
  };

  const api: FakeApi = {
    name: 'prod.conf',
    command: 'kubectl --kubeconfig prod.conf',
    objects,
    asked,
    answer: () => undefined,
    before: async () => undefined,
    put: (path, object) => void store(path, { metadata: { name: path.split('/').at(-1) ?? '' }, ...object }),
    kubectl: async (args, options = {}) => {
      const [verb = ''] = args;
      const path = args.find(word => word.startsWith('--raw='))?.slice('--raw='.length) ?? args.slice(1).join(' ');
      const body: unknown = options.stdin === undefined ? undefined : JSON.parse(options.stdin);
      asked.push(`${verb} ${path}`);
      // Whoever asks at the same time gets its turn, as with a real process.
      await new Promise(resolve => setImmediate(resolve));
      await api.before();
      return api.answer(verb, path, body) ?? (verb === 'get' ? get(path) : write(verb, path, body as FakeObject));
    },
    avoid: () => () => undefined,
    close: async () => undefined,
  };
  return api;
};

/** Time that passes only when the test says so. */
export interface FakeClock extends ClusterClock {
  /** Lets time pass, waking sleepers in their order. */
  pass(milliseconds: number): Promise<void>;
}

export const fakeClock = (): FakeClock => {
  let now = 0;
  const sleepers = new Set<{ readonly at: number; readonly wake: () => void }>();
  /** Long enough for a few requests of the fake API in a row. */
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 40; turn += 1) await new Promise(resolve => setImmediate(resolve));
  };
  return {
    now: () => now,
    date: () => new Date(1_700_000_000_000 + now),
    sleep: (milliseconds, signal) =>
      new Promise(resolve => {
        if (signal?.aborted === true) return resolve();
        const sleeper = {
          at: now + milliseconds,
          wake: () => {
            sleepers.delete(sleeper);
            signal?.removeEventListener('abort', sleeper.wake);
            resolve();
          },
        };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', sleeper.wake);
      }),
    pass: async milliseconds => {
      const end = now + milliseconds;
      await settle();
      for (;;) {
        const [next] = [...sleepers].filter(({ at }) => at <= end).toSorted((left, right) => left.at - right.at);
        if (next === undefined) break;
        now = Math.max(now, next.at);
        next.wake();
        await settle();
      }
      now = end;
    },
  };
};
