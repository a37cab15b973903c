import { known } from '../core/observed.ts';
import type { Fact } from './fact.ts';
import { decodeFiles } from './files.ts';
import { mountOf, optionsOf, parseMountinfo } from './mountinfo.ts';
import { answerText, CannotTell, needsRoot, readFile, requireFile } from './read.ts';

export interface Container {
  /** Whether the host is itself a container, and of which kind (`systemd-nspawn`, `lxc`, `docker` …); null = it is not. */
  readonly kind: string | null;
  /** /proc/sys outside net is read-only. */
  readonly readOnlySysctls: boolean;
  /** /usr is: a system that is changed as a whole, in snapshots or images. */
  readonly readOnlySystem?: boolean;
}

/**
 * What `systemd-detect-virt -c` looks at, without starting it: the mark that systemd writes, marks of docker and podman, and where systemd
 * is not the init, the environment of process 1 (only its `container=` entry, the rest may hold secrets).
 */
export const container: Fact<Container> = {
  items: {
    files: { kind: 'files', paths: ['/run/systemd/container', '/proc/self/mountinfo'] },
    marks: {
      kind: 'sh',
      script: `[ -e /.dockerenv ] && echo docker
[ -e /run/.containerenv ] && echo podman
if ! [ -d /run/systemd/system ]; then
if [ -r /proc/1/environ ]; then tr '\\000' '\\n' </proc/1/environ | sed -n 's/^container=//p'; else echo unreadable; fi
fi
return 0`,
    },
  },
  parse(answers, context) {
    const files = decodeFiles(answers.files);
    const mounts = parseMountinfo(requireFile(files, '/proc/self/mountinfo', context));
    const procSys = mountOf(mounts, '/proc/sys/kernel');
    const usr = mountOf(mounts, '/usr');
    if (procSys === undefined) throw new CannotTell('/proc is not mounted');
    const readOnlySysctls = optionsOf(procSys).includes('ro');
    const [mark] = answerText(answers.marks).split('\n');
    const kind = readFile(files, '/run/systemd/container', context)?.trim() || mark?.trim() || null;
    if (kind === 'unreadable') {
      // No mark at all and a writable /proc/sys: what is left to know is in a file of process 1.
      throw needsRoot('/proc/1/environ', context);
    }
    const isReadOnly = usr !== undefined && optionsOf(usr).includes('ro');
    return known({ kind, readOnlySysctls, ...(isReadOnly ? { readOnlySystem: true } : {}) });
  },
};
