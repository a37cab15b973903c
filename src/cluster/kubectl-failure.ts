import type { KubectlAnswer } from './port.ts';

/** Why kubectl ended with another status than 0, by what it says on standard error (k8s.io/kubectl pkg/cmd/util/helpers.go). */
export type KubectlFailure =
  /** The API server answered no. `reason` as in `Status.reason`: NotFound, Conflict, Forbidden, TooManyRequests … */
  | { readonly kind: 'status'; readonly reason: string; readonly message: string }
  /** It does not answer, or is not able to. */
  | { readonly kind: 'away'; readonly message: string }
  /** It does not know who we are. */
  | { readonly kind: 'unauthorized'; readonly message: string }
  /** It is not who the kubeconfig says. */
  | { readonly kind: 'certificate'; readonly message: string }
  | { readonly kind: 'credentials'; readonly message: string }
  | { readonly kind: 'context'; readonly context: string }
  | { readonly kind: 'kubeconfig'; readonly message: string };

export const failureOf = ({ stderr }: KubectlAnswer): KubectlFailure => {
  const status = /^Error from server(?: \((\w+)\))?: ([\s\S]*)/m.exec(stderr);
  if (status !== null) return ofStatus(status[1] ?? '', firstLines(status[2] ?? ''));
  const said = stderr
    .split('\n')
    .filter(line => line.trim() !== '' && !isLogLine(line))
    .join('\n');
  for (const read of readers) {
    const failure = read(said);
    if (failure !== undefined) return failure;
  }
  return { kind: 'away', message: firstLines(said.replace(/^error: /, '')) || 'kubectl failed without a word' };
};

/** Whether another way to the same API (another control-plane host) may fare better. */
export const isOfThisWay = (answer: KubectlAnswer): boolean => answer.code !== 0 && failureOf(answer).kind !== 'status';

type Reader = (said: string) => KubectlFailure | undefined;

/** Those of klog: `E1121 07:16:24.687507 2898 memcache.go:265] …`; and warnings of the API server. */
const isLogLine = (line: string): boolean => /^[IWEF]\d{4} \d\d:\d\d:\d\d/.test(line) || line.startsWith('Warning: ');

/** The server could not do it now: to be asked again, here or over another way. */
const awayReasons: readonly string[] = ['ServiceUnavailable', 'InternalError', 'Timeout', 'ServerTimeout', ''];

const ofStatus = (reason: string, message: string): KubectlFailure => {
  if (reason === 'Unauthorized') return { kind: 'unauthorized', message };
  const isRefusal = /more than one PodDisruptionBudget/.test(message);
  return awayReasons.includes(reason) && !isRefusal ? { kind: 'away', message } : { kind: 'status', reason, message };
};

const readers: readonly Reader[] = [
  said => {
    const [, context] = /^error: context "(.*)" does not exist/m.exec(said) ?? [];
    return context === undefined ? undefined : { kind: 'context', context };
  },
  said => {
    const [, message] = /^error: You must be logged in to the server \((.*)\)/m.exec(said) ?? [];
    return message === undefined ? undefined : { kind: 'unauthorized', message };
  },
  said => {
    const [, message] = /^(?:error|Unable to connect to the server): (getting credentials: .*)/m.exec(said) ?? [];
    return message === undefined ? undefined : { kind: 'credentials', message };
  },
  said => {
    const [, message] = /((?:tls|x509): .*)/.exec(said) ?? [];
    return message === undefined || /handshake timeout/.test(message) ? undefined : { kind: 'certificate', message };
  },
  said => {
    const [, message] =
      /^error: ((?:stat|open|error loading config file|no configuration|invalid configuration).*)/m.exec(said) ?? [];
    return message === undefined ? undefined : { kind: 'kubeconfig', message };
  },
  said => {
    // What kubectl asks where a kubeconfig names no cluster.
    if (!/The connection to the server localhost:8080 was refused/.test(said)) return undefined;
    return { kind: 'kubeconfig', message: 'it names no cluster (no current context)' };
  },
  said => {
    const [, server] = /^The connection to the server (\S+) was refused/m.exec(said) ?? [];
    return server === undefined ? undefined : { kind: 'away', message: `${server} refuses connections` };
  },
  said => {
    const [, message] = /^Unable to connect to the server: (.*)/m.exec(said) ?? [];
    return message === undefined ? undefined : { kind: 'away', message };
  },
];

const firstLines = (text: string): string => text.trim().split('\n').slice(0, 3).join(' ').slice(0, 1_000);
