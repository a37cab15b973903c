import { type CrioInForce, readCrioStatus } from '../core/crio-config.ts';
import { known } from '../core/observed.ts';
import type { Fact, HostFile } from './fact.ts';
import { decodeFiles, type FileRead, hostFile } from './files.ts';
import { answerText, linesOf, refuseUnreadable } from './read.ts';
import { registriesConf, registriesDropIns } from './registry-files.ts';

export interface Crio {
  /** Empty = not installed. */
  readonly binary: string;
  /** `1.36.3`; undefined when not installed, or not told. */
  readonly version: string | undefined;
  /** /etc/crio/crio.conf, which counts least (type absent when missing). */
  readonly config: HostFile;
  /** Every file below /etc/crio/crio.conf.d, whatever its name, in the order in which CRI-O reads them: later ones win. */
  readonly dropIns: readonly HostFile[];
  /** nodeprep's own among them, or what is in its place (type absent when missing). */
  readonly ownDropIn: HostFile;
  /** Why `crio config` refuses the files; undefined: it does not, or there is no CRI-O. */
  readonly configError: string | undefined;
  /** What the running daemon holds in memory (`crio status config`), reloads included; undefined: it does not answer. */
  readonly inForce: CrioInForce | undefined;
  /** Options and variables of the running daemon that beat its files: `--cgroup-manager=cgroupfs`, `CONTAINER_PAUSE_IMAGE=…`. */
  readonly overrides: readonly string[];
  /** Processes called crio whose program file has been replaced since they started. */
  readonly replacedPids: readonly number[];
  /** Signature policies that CRI-O may be configured with (type absent when missing). */
  readonly policies: readonly HostFile[];
  /** Files that say which registries there are. */
  readonly registries: readonly string[];
  /** The unit that comes with the static bundle, as it is; absent in recordings of versions that did not ask. */
  readonly unitFile?: HostFile;
  /** Directories that CRI-O makes when it starts (type absent when missing). */
  readonly ownDirectories: readonly HostFile[];
}

const configPath = '/etc/crio/crio.conf';
export const crioDropInDirectory = '/etc/crio/crio.conf.d';
/** Sorts after what packages and people usually name theirs. */
export const crioDropIn = `${crioDropInDirectory}/99-nodeprep.conf`;
export const crioPolicies = ['/etc/crio/policy.json', '/etc/containers/policy.json'] as const;
const ownDirectories = ['/etc/crio/auth', '/etc/crio/policies', '/etc/cni/net.d', '/opt/cni/bin'] as const;
/** Where the `install` of upstream's bundle puts it. */
const bundleUnitPath = '/usr/local/lib/systemd/system/crio.service';
/** nodeprep's own says nothing of unqualified names. */
export const crioRegistries = `${registriesDropIns}/99-nodeprep.conf`;
const registryFiles = [registriesConf, `${registriesDropIns}/*.conf`] as const;

/** A glob would leave out what begins with a dot and what lies deeper, and CRI-O reads both. */
const findDropIns = `[ ! -d ${crioDropInDirectory} ] || more=$(find ${crioDropInDirectory} -type f -o -type l)`;

const names =
  'config|config-dir|cgroup-manager|conmon-cgroup|default-runtime|runtimes|pause-image|cni-plugin-dir|listen';
const variables =
  'CONFIG|CONFIG_DIR|CGROUP_MANAGER|CONMON_CGROUP|DEFAULT_RUNTIME|RUNTIMES|PAUSE_IMAGE|CNI_PLUGIN_DIR|LISTEN';
/** Nothing else of it leaves the host: `default_env` may hold secrets. */
const settings = 'cgroup_manager|default_runtime|pause_image|plugin_dirs|selinux';

/** `crio config` merges and judges its files as the daemon would, short of what needs its start; it changes nothing. */
export const crio: Fact<Crio> = {
  items: {
    config: {
      kind: 'files',
      paths: [configPath, crioDropIn, ...crioPolicies, ...registryFiles, ...ownDirectories, bundleUnitPath],
      stat: true,
      more: findDropIns,
    },
    binary: {
      kind: 'sh',
      script: `command -v crio || return 0
limit crio --version
for c in $(grep -slx crio /proc/[0-9]*/comm); do
p=\${c%/comm}
case $(readlink "$p/exe") in *' (deleted)') echo "replaced \${p#/proc/}";; esac
tr '\\0' '\\n' <"$p/cmdline" | grep -E -e '^(-c|-d|--(${names}))(=|$)' | sed 's/^/override /'
tr '\\0' '\\n' <"$p/environ" | grep -E '^CONTAINER_(${variables})=' | sed 's/^/override /'
done
return 0`,
    },
    accepts: {
      kind: 'sh',
      script: `command -v crio >/dev/null || return 0
said=$(limit crio config 2>&1 >/dev/null) && return 0
code=$?
printf '%s\\n' "$said" | tail -n 1
return $code`,
    },
    inForce: {
      kind: 'sh',
      script: `[ -S /run/crio/crio.sock ] && command -v crio >/dev/null || return 0
limit crio status config | grep -E '^ *(\\[|(${settings}) =)'`,
    },
  },
  parse(answers, context) {
    const files = decodeFiles(answers.config);
    refuseUnreadable(files, context);
    const lines = linesOf(answerText(answers.binary));
    const binary = lines[0]?.startsWith('/') ? lines[0] : '';
    const at = (path: string): HostFile => hostFile(path, files.get(path));
    return known({
      binary,
      version: /^(?:crio version |Version:\s+)v?(\d+\.\d+\.\d+\S*)/m.exec(lines.join('\n'))?.[1],
      config: at(configPath),
      dropIns: dropInsOf(files),
      ownDropIn: at(crioDropIn),
      configError: configError(answers.accepts?.exitCode ?? 0, answerText(answers.accepts)),
      inForce: readCrioStatus(answerText(answers.inForce)),
      overrides: lines.flatMap(line => /^override (.+)$/.exec(line)?.[1] ?? []),
      replacedPids: lines.flatMap(line => /^replaced (\d+)$/.exec(line)?.[1] ?? []).map(Number),
      policies: crioPolicies.map(at),
      registries: [...files.values()].filter(isRegistryFile).map(({ path }) => path),
      unitFile: at(bundleUnitPath),
      ownDirectories: ownDirectories.map(at),
    });
  },
};

const isRegistryFile = ({ path, state }: FileRead): boolean =>
  state === 'file' && path.startsWith(registriesConf) && path !== crioRegistries;

const dropInsOf = (files: ReadonlyMap<string, FileRead>): readonly HostFile[] =>
  [...files.values()]
    .filter(({ path, state }) => path.startsWith(`${crioDropInDirectory}/`) && state !== 'directory')
    .map(read => hostFile(read.path, read))
    .toSorted((left, right) => inWalkOrder(left.path, right.path));

/** Go's filepath.Walk sorts the names of each directory by bytes. */
export const inWalkOrder = (left: string, right: string): number => {
  const [ours, theirs] = [left.split('/'), right.split('/')];
  const index = ours.findIndex((name, position) => name !== theirs[position]);
  const [our, their] = [ours[index] ?? '', theirs[index] ?? ''];
  return our === their ? 0 : our < their ? -1 : 1;
};

/** `time="…" level=fatal msg="validating root config: …"` */
const configError = (code: number, text: string): string | undefined => {
  if (code === 0) return undefined;
  if (code === 124) return '`crio config` did not end within 10 s';
  const line = text.trim();
  const message = /\bmsg="((?:[^"\\]|\\.)*)"/.exec(line)?.[1];
  return (message?.replaceAll(/\\(.)/g, '$1') ?? line).slice(0, 2_000) || `exit code ${code}`;
};
