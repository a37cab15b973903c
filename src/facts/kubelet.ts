import { known } from '../core/observed.ts';
import type { Answer, Fact, HostFile } from './fact.ts';
import { decodeFiles, hostFile } from './files.ts';
import { answerText, CannotTell, keyValues, linesOf, refuseUnreadable, wholeNumber } from './read.ts';
import { parseTimestamp } from './services.ts';
import { unitDirectories, unitPaths } from './unit-command.ts';

/** The kubelet as this host has it: what it would read at its next start, and what runs. What wins and what is in force: kubelet-in-force.ts. */
export interface Kubelet {
  /** Its program or its unit is there. */
  readonly installed: boolean;
  readonly unit: KubeletUnit;
  /** undefined: it does not run. */
  readonly running: KubeletProcess | undefined;
  /** Every file that it, its unit or kubeadm reads for it, as far as it exists; with what --config and --config-dir name. */
  readonly files: readonly HostFile[];
  readonly cgroupRoots: readonly CgroupRoot[];
  /** Names of the manifests in /etc/kubernetes/manifests, without their ending: `kube-apiserver`, `etcd`. */
  readonly staticPods: readonly string[];
}

export interface KubeletUnit {
  /** systemd's LoadState: loaded, not-found, masked … */
  readonly loadState: string;
  readonly activeState: string;
  readonly restarts: number;
}

export interface KubeletProcess {
  readonly pid: number;
  readonly argv: readonly string[];
  /** Seconds since the epoch on the host's clock. */
  readonly startedAtSeconds: number;
  /** Another file stands where its program was: what runs is an older or newer version than `kubelet --version` tells. */
  readonly replaced: boolean;
}

/** `/kubepods` of the cgroupfs driver or `/kubepods.slice` of the systemd driver, in one hierarchy. */
export interface CgroupRoot {
  readonly path: string;
  readonly driver: 'systemd' | 'cgroupfs';
  /** Whether any process is in it or below. */
  readonly populated: boolean;
  /** Made after the kubelet that runs was started; null where it cannot be told. */
  readonly recreated: boolean | null;
}

export const kubeletConfigPath = '/var/lib/kubelet/config.yaml';
export const instanceConfigPath = '/var/lib/kubelet/instance-config.yaml';
export const kubeadmFlagsPath = '/var/lib/kubelet/kubeadm-flags.env';
/** Where people keep what they give `kubeadm --patches`, as kubeadm's documentation has it. */
export const kubeadmPatchesDirectory = '/etc/kubernetes/patches';

const paths = [
  kubeletConfigPath,
  instanceConfigPath,
  kubeadmFlagsPath,
  '/etc/default/kubelet',
  '/etc/sysconfig/kubelet',
  `${kubeadmPatchesDirectory}/kubeletconfiguration*`,
  ...unitPaths('kubelet.service'),
];

/**
 * Runs before the list of files is made, in the same shell: what its unit and its argv say stays in variables for `followWords`.
 *
 * Which root is newer than the kubelet: kernfs numbers inodes in the order of their making (since Linux 4.14; 64 bits since 5.5, so they never
 * come round), systemd makes a unit's cgroup anew at every start and removes it at every stop. So a root whose number is above that of the
 * kubelet's own cgroup in the same hierarchy was made since. Tried on v1 and v2: made before and after, `systemctl restart`, and a kill with
 * Restart=always. Two limits: a unit with KillMode=process or none keeps its cgroup while a child lives on (tried), so then nothing is said;
 * and on v1 only the hierarchies in which systemd gives the unit a cgroup can tell, of which name=systemd always is one. stat's times do not
 * help: kernfs has no birth time, and the others are those of the first look at the inode.
 */
const process = `kubelet_words=
kubelet_environment=
kubelet_found=
command -v kubelet >/dev/null && kubelet_found=1
for d in ${unitDirectories.join(' ')}; do [ -e "$d/kubelet.service" ] && kubelet_found=1; done
[ -n "$kubelet_found" ] || return 3
[ -d /run/systemd/system ] || return 4
shown=$(limit systemctl show --no-pager -p LoadState,ActiveState,NRestarts,MainPID,ControlGroup,KillMode,ExecMainStartTimestamp,Environment,EnvironmentFiles kubelet.service) || return 5
pid=0
group=
set -f
IFS=$nl
for l in $shown; do
case $l in
MainPID=*) pid=\${l#*=};;
ControlGroup=*) group=\${l#*=};;
Environment=*) kubelet_words="$kubelet_words \${l#*=}"; continue;;
EnvironmentFiles=*) l=\${l#*=}; kubelet_environment="$kubelet_environment$nl\${l% (*}"; continue;;
esac
printf 'show %s %s\\n' "\${l%%=*}" "\${l#*=}"
done
if [ "$pid" -gt 0 ] && [ -r "/proc/$pid/cmdline" ]; then
argv=$(tr '\\000' '\\n' <"/proc/$pid/cmdline")
kubelet_words="$kubelet_words $argv"
for a in $argv; do printf 'arg %s\\n' "$a"; done
set -- $argv
case $1 in /*) [ -e "/proc/$pid/exe" ] && ! [ "/proc/$pid/exe" -ef "$1" ] && echo replaced;; esac
fi
set +f
unset IFS
printf 'release %s\\n' "$release"
set --
if [ -e /sys/fs/cgroup/cgroup.controllers ]; then hierarchies=/sys/fs/cgroup; else hierarchies='/sys/fs/cgroup/*'; fi
for h in $hierarchies; do
[ -L "$h" ] && continue
for d in "$h/kubepods" "$h/kubepods.slice"; do
[ -d "$d" ] || continue
populated=0
if [ -e "$d/cgroup.events" ]; then while read -r k v; do [ "$k" = populated ] && populated=$v; done <"$d/cgroup.events"
else for f in "$d"/cgroup.procs "$d"/*/cgroup.procs "$d"/*/*/cgroup.procs "$d"/*/*/*/cgroup.procs "$d"/*/*/*/*/cgroup.procs; do [ -r "$f" ] && read -r p <"$f" && [ -n "$p" ] && populated=1 && break; done; fi
printf 'root %s %s %s\\n' "$populated" "$h" "\${d##*/}"
set -- "$@" "$d"
[ -n "$group" ] && [ -d "$h$group" ] && set -- "$@" "$h$group"
done
done
[ $# -eq 0 ] || stat -c 'inode %i %n' "$@"
printf 'group %s\\n' "$group"
for f in /etc/kubernetes/manifests/*.yaml; do [ -f "$f" ] && printf 'manifest %s\\n' "\${f##*/}"; done
return 0`;

/** Environment files, then what --config and --config-dir name in them, in the unit or in the argv of what runs. */
const followWords = `[ -n "$kubelet_found" ] || return 0
set -f
next=$kubelet_environment
IFS=$nl
for f in $kubelet_environment; do
[ -f "$f" ] && [ -r "$f" ] && while IFS= read -r l || [ -n "$l" ]; do kubelet_words="$kubelet_words $l"; done <"$f"
done
previous=
IFS=" $nl\\"'="
for w in $kubelet_words; do
case $previous in
--config) next="$next$nl$w";;
--config-dir) next="$next$nl$w/*.conf$nl$w/*/*.conf";;
esac
previous=$w
done
unset IFS
set +f
more=$next`;

export const kubelet: Fact<Kubelet> = {
  items: {
    process: { kind: 'sh', script: process },
    files: { kind: 'files', paths, stat: true, more: followWords },
  },
  parse(answers, context) {
    const exitCode = answers.process?.exitCode;
    if (exitCode === 3) return known(absent);
    if (exitCode === 4) throw new CannotTell('systemd is not the init system, so what its kubelet does cannot be told');
    if (exitCode !== 0) throw new CannotTell('systemctl did not tell about kubelet.service');
    const files = decodeFiles(answers.files);
    refuseUnreadable(files, context);
    const said = readProcess(answers.process);
    return known({ installed: true, ...said, files: [...files.values()].map(read => hostFile(read.path, read)) });
  },
};

const absent: Kubelet = {
  installed: false,
  unit: { loadState: 'not-found', activeState: 'inactive', restarts: 0 },
  running: undefined,
  files: [],
  cgroupRoots: [],
  staticPods: [],
};

const readProcess = (answer: Answer | undefined): Pick<Kubelet, 'unit' | 'running' | 'cgroupRoots' | 'staticPods'> => {
  const lines = linesOf(answerText(answer));
  const after = (word: string): readonly string[] =>
    lines.filter(line => line.startsWith(`${word} `)).map(line => line.slice(word.length + 1));
  const shown = keyValues({ exitCode: 0, truncated: false, bytes: Buffer.from(after('show').join('\n')) });
  const pid = wholeNumber(shown.get('MainPID') ?? '0', 'MainPID');
  const startedAtSeconds = parseTimestamp(shown.get('ExecMainStartTimestamp') ?? '');
  const argv = after('arg');
  const isRunning = pid > 0 && startedAtSeconds !== null && argv.length > 0;
  return {
    unit: {
      loadState: shown.get('LoadState') ?? '',
      activeState: shown.get('ActiveState') ?? '',
      restarts: wholeNumber(shown.get('NRestarts') || '0', 'NRestarts'),
    },
    running: isRunning ? { pid, argv, startedAtSeconds, replaced: lines.includes('replaced') } : undefined,
    cgroupRoots: readRoots(after, shown.get('KillMode') ?? '', isRunning),
    staticPods: after('manifest').map(name => name.replace(/\.yaml$/, '')),
  };
};

const readRoots = (
  after: (word: string) => readonly string[],
  killMode: string,
  isRunning: boolean,
): readonly CgroupRoot[] => {
  const inodes = new Map(
    after('inode').flatMap(line => {
      const [, inode = '', path = ''] = /^(\d+) (.+)$/.exec(line) ?? [];
      return path === '' ? [] : [[path, BigInt(inode)] as const];
    }),
  );
  const [release = ''] = after('release');
  const [group = ''] = after('group');
  const canTell = isRunning && isOrdered(release) && ['control-group', 'mixed'].includes(killMode);
  return after('root').flatMap(line => {
    const [, populated, hierarchy = '', name = ''] = /^(\d) (\S+) (\S+)$/.exec(line) ?? [];
    if (name === '') return [];
    const path = `${hierarchy}/${name}`;
    const [own, unit] = [inodes.get(path), inodes.get(`${hierarchy}${group}`)];
    const recreated = canTell && own !== undefined && unit !== undefined ? own > unit : null;
    const driver = name === 'kubepods' ? ('cgroupfs' as const) : ('systemd' as const);
    return [{ path, driver, populated: populated === '1', recreated }];
  });
};

/** Older kernels give an inode number that was free again. */
const isOrdered = (release: string): boolean => {
  const [, major = '0', minor = '0'] = /^(\d+)\.(\d+)/.exec(release) ?? [];
  return Number(major) > 4 || (Number(major) === 4 && Number(minor) >= 14);
};
