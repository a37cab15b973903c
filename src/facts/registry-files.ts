import { known } from '../core/observed.ts';
import { containerdConfigPath } from './containerd.ts';
import type { Fact, HostFile } from './fact.ts';
import { decodeFiles, hostFile } from './files.ts';
import { answerText, linesOf, refuseUnreadable } from './read.ts';

/** What stands on a host about registries. Keys of clients are never read. */
export interface RegistryFiles {
  /** Directories that were looked at, without `/` at the end. */
  readonly roots: readonly string[];
  /** Directories below them: one a registry. */
  readonly directories: readonly string[];
  /** hosts.toml and certificates in those; and what CRI-O and Docker read of registries. */
  readonly files: readonly HostFile[];
}

/** Of containers-registries.conf(5), which CRI-O reads; the directory in the order of names, after the file. */
export const registriesConf = '/etc/containers/registries.conf';
export const registriesDropIns = '/etc/containers/registries.conf.d';
export const isRegistriesFile = (path: string): boolean =>
  path === registriesConf || path.startsWith(`${registriesDropIns}/`);
/** One directory a registry, with certificates: containers-certs.d(5), and that of Docker. */
export const containersCertificates = '/etc/containers/certs.d';
export const dockerCertificates = '/etc/docker/certs.d';

const ofOtherRuntimes = [
  registriesConf,
  `${registriesDropIns}/*.conf`,
  `${containersCertificates}/*/*.crt`,
  `${dockerCertificates}/*/*.crt`,
];

/** Where containerd 2.2 and newer look by themselves, and everybody else is told to. */
export const defaultRegistryRoot = '/etc/containerd/certs.d';

/** Sets `$roots`: every directory that a containerd configuration names as `config_path`, which is a list like PATH. */
export const findRoots = `roots=${defaultRegistryRoot}
if [ -f ${containerdConfigPath} ]; then
IFS=:$nl
for r in $(sed -n "s/^[^#]*config_path[[:space:]]*=[[:space:]]*[\\"']\\([^\\"']*\\)[\\"'].*/\\1/p" ${containerdConfigPath} /etc/containerd/conf.d/*.toml 2>/dev/null); do roots="$roots$nl$r"; done
unset IFS
fi`;

export const registryFiles: Fact<RegistryFiles> = {
  items: {
    files: {
      kind: 'files',
      paths: [...['hosts.toml', '*.crt', '*.cert'].map(name => `${defaultRegistryRoot}/*/${name}`), ...ofOtherRuntimes],
      stat: true,
      more: `${findRoots}
IFS=$nl
for r in $roots; do
r=\${r%/}
case $r in ${defaultRegistryRoot} | '') continue;; esac
more="$more$nl$r/*/hosts.toml$nl$r/*/*.crt$nl$r/*/*.cert"
done
unset IFS`,
    },
    directories: {
      kind: 'sh',
      script: `${findRoots}
IFS=$nl
for r in $roots; do
r=\${r%/}
[ -n "$r" ] || continue
printf 'root %s\\n' "$r"
for d in "$r"/*/; do [ -d "$d" ] && printf 'directory %s\\n' "\${d%/}"; done
done
unset IFS
return 0`,
    },
  },
  parse(answers, context) {
    const files = decodeFiles(answers.files);
    refuseUnreadable(files, context);
    const lines = linesOf(answerText(answers.directories));
    const named = (word: string): readonly string[] => [
      ...new Set(lines.flatMap(line => (line.startsWith(`${word} `) ? [line.slice(word.length + 1)] : []))),
    ];
    return known({
      roots: named('root'),
      directories: named('directory'),
      files: [...files.values()].map(read => hostFile(read.path, read)),
    });
  },
};
