import { known } from '../core/observed.ts';
import type { Fact, HostFile } from './fact.ts';
import { decodeFiles, type FileRead, hostFile } from './files.ts';
import { answerText, linesOf, refuseUnreadable } from './read.ts';

export interface Containerd {
  /** Empty = not installed. */
  readonly binary: string;
  /** `1.7.24`; undefined when not installed. */
  readonly version: string | undefined;
  /** /etc/containerd/config.toml as it is (type absent when missing). */
  readonly config: HostFile;
  /** Files that config.toml imports, resolved, in order. */
  readonly imports: readonly HostFile[];
  /** `containerd config dump`, text; undefined when it failed, with its message in `dumpError`. */
  readonly dump: string | undefined;
  readonly dumpError: string | undefined;
  /** The unit that comes with an archive, as it is; absent in recordings of versions that did not ask. */
  readonly unitFile?: HostFile;
  /** Directories that containerd makes when it starts and that are not there; absent in such recordings too. */
  readonly missingDirectories?: readonly string[];
  /** CRI socket exists. */
  readonly socket: boolean;
  /** Processes called containerd whose program file has been replaced since they started. */
  readonly replacedPids: readonly number[];
  /** Versions of those programs, by pid, where they tell; absent in recordings of versions that did not ask. */
  readonly replacedVersions?: Readonly<Record<number, string>>;
  /** Directories or files of the CNI plugins that exist. */
  readonly cniBinDirs: readonly string[];
}

export const containerdConfigPath = '/etc/containerd/config.toml';

/** Where upstream's guide puts the unit of its archive. */
const archiveUnitPath = '/usr/local/lib/systemd/system/containerd.service';

const madeAtStart = ['/etc/cni/net.d', '/opt/containerd/bin', '/opt/containerd/lib'] as const;

/** Of the files that are asked for, those that are no part of the configuration. */
const besides: readonly string[] = [archiveUnitPath, ...madeAtStart];

/** Where packages and upstream archives put the CNI plugins. */
const cniBinDirectories = ['/opt/cni/bin', '/usr/lib/cni', '/usr/libexec/cni'] as const;

/**
 * Strings of the `imports` array, which may span lines; relative to the importing file. Imported files may import, so three levels deep.
 */
const followImports = `level=${containerdConfigPath}
for round in 1 2 3; do
next=
IFS=$nl
for f in $level; do
[ -f "$f" ] && [ -r "$f" ] || continue
for i in $(tr "'" '"' <"$f" | sed -n -e '/^[[:space:]]*\\[/q' -e '/^[[:space:]]*imports[[:space:]]*=/,/\\]/p' | sed 's/#.*//' | tr ',[' '\\n\\n' | sed -n 's/^[^"]*"\\([^"]*\\)".*/\\1/p'); do
case $i in /*) ;; *) i=\${f%/*}/$i;; esac
next="$next$nl$i"
done
done
level=$next
more="$more$nl$next"
[ -n "$next" ] || break
done
unset IFS`;

/** The dump is containerd's own merge of its files; it starts no daemon and opens no socket. */
export const containerd: Fact<Containerd> = {
  items: {
    config: { kind: 'files', paths: [containerdConfigPath, ...besides], stat: true, more: followImports },
    binary: {
      kind: 'sh',
      script: `command -v containerd || return 0
limit containerd --version
[ -S /run/containerd/containerd.sock ] && echo socket
for c in $(grep -slx containerd /proc/[0-9]*/comm); do
p=\${c%/comm}
case $(readlink "$p/exe") in
*' (deleted)')
echo "replaced \${p#/proc/}"
was=$(limit "$p/exe" --version 2>/dev/null) && echo "was \${p#/proc/} $was"
;;
esac
done
return 0`,
    },
    dump: {
      kind: 'sh',
      script: `command -v containerd >/dev/null || return 127
limit containerd config dump 2>&1`,
    },
    cni: {
      kind: 'sh',
      script: `for d in ${cniBinDirectories.join(' ')}; do [ -d "$d" ] && printf '%s\\n' "$d"; done\nreturn 0`,
    },
  },
  parse(answers, context) {
    const files = decodeFiles(answers.config);
    refuseUnreadable(files, context);
    const lines = linesOf(answerText(answers.binary));
    const binary = lines[0]?.startsWith('/') ? lines[0] : '';
    const dumped = answerText(answers.dump);
    const isDump = answers.dump?.exitCode === 0;
    return known({
      binary,
      version: versionOf(lines),
      config: hostFile(containerdConfigPath, files.get(containerdConfigPath)),
      unitFile: hostFile(archiveUnitPath, files.get(archiveUnitPath)),
      missingDirectories: madeAtStart.filter(path => !files.has(path)),
      imports: importedFiles(files),
      dump: isDump ? dumped : undefined,
      dumpError: isDump || binary === '' ? undefined : dumpError(answers.dump?.exitCode, dumped),
      socket: lines.includes('socket'),
      replacedPids: lines.flatMap(line => /^replaced (\d+)$/.exec(line)?.[1] ?? []).map(Number),
      replacedVersions: Object.fromEntries(lines.flatMap(replacedVersion)),
      cniBinDirs: linesOf(answerText(answers.cni)),
    });
  },
};

/** `containerd github.com/containerd/containerd/v2 v2.1.9 1.7.24~ds1-6+b4`: the third word, with or without `v`. */
export const versionOf = (lines: readonly string[]): string | undefined => {
  const line = lines.find(text => /^containerd\s+\S+\s+\S+/.test(text));
  return /^v?(\d+\.\d+\.\d+(?:-(?:alpha|beta|rc)[.\d]*)?)/.exec(line?.split(/\s+/)[2] ?? '')?.[1];
};

const replacedVersion = (line: string): readonly (readonly [string, string])[] => {
  const [, pid, said = ''] = /^was (\d+) (.*)$/.exec(line) ?? [];
  const version = versionOf([said]);
  return pid === undefined || version === undefined ? [] : [[pid, version]];
};

const importedFiles = (files: ReadonlyMap<string, FileRead>) =>
  [...files.values()]
    .filter(({ path }) => path !== containerdConfigPath && !besides.includes(path))
    .map(read => hostFile(read.path, read));

const dumpError = (code: number | undefined, text: string): string =>
  code === 124 ? '`containerd config dump` did not end within 10 s' : text.trim().slice(-2_000) || `exit code ${code}`;
