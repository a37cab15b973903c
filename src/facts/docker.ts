import { known } from '../core/observed.ts';
import type { Answer, Fact, HostFile } from './fact.ts';
import { decodeFiles, hostFile } from './files.ts';
import { answerText, linesOf, refuseUnreadable } from './read.ts';
import { unitPaths } from './unit-command.ts';

/** Docker Engine, and cri-dockerd, through which a kubelet speaks to it. */
export interface Docker {
  /** Program of the engine; empty = not installed. */
  readonly engine: string;
  /** `28.5.2`; undefined when not installed, or not told. */
  readonly engineVersion: string | undefined;
  /** Program of cri-dockerd; empty = not installed. */
  readonly criDockerd: string;
  readonly criDockerdVersion: string | undefined;
  /** /etc/docker/daemon.json as it is (type absent when missing). */
  readonly config: HostFile;
  /** Files of docker.service and cri-docker.service, of their drop-ins, and the environment files that they name. */
  readonly unitFiles: readonly HostFile[];
  /** Command line of the processes that systemd runs for them; empty = does not run. */
  readonly engineArgv: readonly string[];
  readonly criDockerdArgv: readonly string[];
  /** Units whose running program has been replaced on disk since it started. */
  readonly replaced: readonly string[];
  /** What the engine keeps, running or not; undefined where that takes root. */
  readonly containers: readonly DockerContainer[] | undefined;
}

export interface DockerContainer {
  readonly name: string;
  /** cri-dockerd made it for a pod; `sandbox` holds the pod, `container` is one of it. */
  readonly kubernetes: 'sandbox' | 'container' | null;
  readonly running: boolean;
}

export const dockerConfigPath = '/etc/docker/daemon.json';
export const dockerUnit = 'docker.service';
export const criDockerUnit = 'cri-docker.service';

const paths = [
  dockerConfigPath,
  '/etc/default/docker',
  '/etc/sysconfig/docker',
  ...unitPaths(dockerUnit),
  ...unitPaths(criDockerUnit),
  ...unitPaths('cri-docker.socket'),
];

const followEnvironment = `command -v dockerd >/dev/null || return 0
more=$(sed -n 's/^[[:space:]]*EnvironmentFile=-\\{0,1\\}\\(\\/[^[:space:]]*\\).*/\\1/p' ${[...unitPaths(dockerUnit), ...unitPaths(criDockerUnit)].join(' ')} 2>/dev/null)`;

/** The engine is not asked: its own files tell of containers also while it is down, and most hosts have no client for its socket. */
const containers = `command -v dockerd >/dev/null || return 0
root=$(sed -n 's/.*"data-root"[[:space:]]*:[[:space:]]*"\\([^"]*\\)".*/\\1/p' ${dockerConfigPath} 2>/dev/null)
root=\${root:-/var/lib/docker}
[ ! -d "$root" ] || [ -x "$root" ] || return 13
for f in "$root"/containers/*/config.v2.json; do
[ -e "$f" ] || return 0
break
done
grep -sHo -e '"Name":"/[^"]*"' -e '"io.kubernetes.docker.type":"[a-z]*"' -e '"State":{"Running":true' "$root"/containers/*/config.v2.json
return 0`;

const argv = (unit: string): string => `pid=$(limit systemctl show -p MainPID --value ${unit})
[ "\${pid:-0}" -gt 0 ] && [ -r "/proc/$pid/cmdline" ] || return 0
case $(readlink "/proc/$pid/exe") in *' (deleted)') echo ' replaced';; esac
tr '\\000' '\\n' <"/proc/$pid/cmdline"`;

export const docker: Fact<Docker> = {
  items: {
    files: { kind: 'files', paths, stat: true, more: followEnvironment },
    engine: {
      kind: 'sh',
      script: `command -v dockerd || return 0
limit dockerd --version
return 0`,
    },
    bridge: {
      kind: 'sh',
      script: `command -v cri-dockerd || return 0
limit cri-dockerd --version 2>&1
return 0`,
    },
    engineArgv: { kind: 'sh', script: `command -v dockerd >/dev/null || return 0\n${argv(dockerUnit)}` },
    bridgeArgv: { kind: 'sh', script: `command -v cri-dockerd >/dev/null || return 0\n${argv(criDockerUnit)}` },
    containers: { kind: 'sh', script: containers },
  },
  parse(answers, context) {
    const files = decodeFiles(answers.files);
    refuseUnreadable(files, context);
    const dockerd = linesOf(answerText(answers.engine));
    const criDockerd = linesOf(answerText(answers.bridge));
    const running = { [dockerUnit]: runningIn(answers.engineArgv), [criDockerUnit]: runningIn(answers.bridgeArgv) };
    return known({
      engine: pathIn(dockerd),
      engineVersion: /^Docker version v?(\d+\.\d+\.\d+)/m.exec(dockerd.join('\n'))?.[1],
      criDockerd: pathIn(criDockerd),
      criDockerdVersion: /^cri-dockerd v?(\d+\.\d+\.\d+)/m.exec(criDockerd.join('\n'))?.[1],
      config: hostFile(dockerConfigPath, files.get(dockerConfigPath)),
      unitFiles: [...files.values()]
        .filter(({ path }) => path !== dockerConfigPath)
        .map(read => hostFile(read.path, read)),
      engineArgv: running[dockerUnit].argv,
      criDockerdArgv: running[criDockerUnit].argv,
      replaced: Object.entries(running).flatMap(([unit, { replaced }]) => (replaced ? [unit] : [])),
      containers: answers.containers?.exitCode === 0 ? readContainers(answers.containers) : undefined,
    });
  },
};

const runningIn = (answer: Answer | undefined) => {
  const lines = linesOf(answerText(answer));
  return { argv: lines.filter(line => line !== ' replaced'), replaced: lines[0] === ' replaced' };
};

const pathIn = ([first]: readonly string[]): string => (first?.startsWith('/') ? first : '');

/** `…/containers/ID/config.v2.json:"Name":"/web"`, a line for each thing found. */
const readContainers = (answer: Answer): readonly DockerContainer[] => {
  const found = new Map<string, string[]>();
  for (const line of linesOf(answerText(answer))) {
    const [, id = '', said = ''] = /\/containers\/([^/]+)\/config\.v2\.json:(.*)$/.exec(line) ?? [];
    found.set(id, [...(found.get(id) ?? []), said]);
  }
  return [...found].map(([id, said]) => {
    const value = (key: string): string | undefined =>
      said.find(text => text.startsWith(`"${key}":"`))?.slice(key.length + 4, -1);
    const type = value('io.kubernetes.docker.type');
    return {
      name: value('Name')?.slice(1) ?? id,
      kubernetes: type === undefined ? null : type === 'podsandbox' ? 'sandbox' : 'container',
      running: said.includes('"State":{"Running":true'),
    };
  });
};
