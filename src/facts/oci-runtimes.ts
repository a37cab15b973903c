import { known } from '../core/observed.ts';
import { searchPath } from './compile.ts';
import type { Fact, HostFile } from './fact.ts';
import { decodeFiles, hostFile } from './files.ts';
import { answerText, linesOf, refuseUnreadable } from './read.ts';

/** What there is of OCI runtimes besides the one that a container runtime brings. */
export interface OciRuntimes {
  /** Program → where it is, in the order in which it would be taken; programs that are nowhere are left out. */
  readonly programs: Readonly<Record<string, readonly string[]>>;
  /** /dev/kvm is there, so that virtual machines may run. */
  readonly kvm: boolean;
  /** What gVisor's shim reads (type absent when missing). */
  readonly runscConfig: HostFile;
  /** What Kata's shim reads, the first that is there (type absent when missing). */
  readonly kataConfigs: readonly HostFile[];
}

/** Where `ConfigPath` of gVisor's own guide points. */
export const runscConfigPath = '/etc/containerd/runsc.toml';

/** In Kata's order; the first is the operator's, the others come with its packages and archives. */
export const kataConfigPaths = [
  '/etc/kata-containers/configuration.toml',
  '/opt/kata/share/defaults/kata-containers/configuration.toml',
  '/usr/share/defaults/kata-containers/configuration.toml',
] as const;

const programs = ['runc', 'crun', 'runsc', 'containerd-shim-runsc-v1', 'containerd-shim-kata-v2'] as const;

/** Those of the services' own PATH first; then where CRI-O's package and Kata's archive put them. */
const directories = [...searchPath.split(':'), '/usr/libexec/crio', '/opt/kata/bin'];

/** Directories from which systemd lets services start programs by their bare names. */
export const isOnPath = (program: string): boolean =>
  searchPath.split(':').includes(program.slice(0, program.lastIndexOf('/')));

export const ociRuntimes: Fact<OciRuntimes> = {
  items: {
    configs: { kind: 'files', paths: [runscConfigPath, ...kataConfigPaths], stat: true },
    programs: {
      kind: 'sh',
      script: `[ -c /dev/kvm ] && echo kvm
for n in ${programs.join(' ')}; do
for d in ${directories.join(' ')}; do
[ -x "$d/$n" ] && [ -f "$d/$n" ] && printf 'program %s\\n' "$d/$n"
done
done
return 0`,
    },
  },
  parse(answers, context) {
    const files = decodeFiles(answers.configs);
    refuseUnreadable(files, context);
    const at = (path: string): HostFile => hostFile(path, files.get(path));
    const lines = linesOf(answerText(answers.programs));
    const paths = lines.flatMap(line => /^program (.+)$/.exec(line)?.[1] ?? []);
    return known({
      programs: Object.fromEntries(
        programs.flatMap(name => {
          const found = paths.filter(path => path.endsWith(`/${name}`));
          return found.length === 0 ? [] : [[name, found]];
        }),
      ),
      kvm: lines.includes('kvm'),
      runscConfig: at(runscConfigPath),
      kataConfigs: kataConfigPaths.map(at),
    });
  },
};
