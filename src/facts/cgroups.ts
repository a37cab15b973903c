import { known } from '../core/observed.ts';
import type { Fact } from './fact.ts';
import { decodeFiles } from './files.ts';
import { parseMountinfo } from './mountinfo.ts';
import { answerText, CannotTell, readFile, requireFile, words } from './read.ts';

export interface Cgroups {
  readonly version: 'v1' | 'v2' | 'hybrid';
  /** v2: root cgroup.controllers; v1 and hybrid: enabled in /proc/cgroups. */
  readonly controllers: readonly string[];
  /** v2 only: controllers that /proc/cgroups lists but the unified tree does not have (bound to v1 elsewhere). */
  readonly boundElsewhere: readonly string[];
  /** v2 only: `cgroup.freeze` exists in a child group. */
  readonly freezer: boolean;
}

/** What is mounted decides, not the kernel's abilities: cgroup2 at /sys/fs/cgroup is v2, cgroup2 beside v1 trees is hybrid. */
export const cgroups: Fact<Cgroups> = {
  items: {
    files: {
      kind: 'files',
      paths: ['/proc/cgroups', '/proc/self/mountinfo', '/sys/fs/cgroup/cgroup.controllers'],
    },
    // The root group has no cgroup.freeze; any child shows whether the kernel has a freezer.
    freezer: {
      kind: 'sh',
      script: 'for f in /sys/fs/cgroup/*/cgroup.freeze; do [ -e "$f" ] && echo yes && return 0; done\nreturn 0',
    },
  },
  parse(answers, context) {
    const files = decodeFiles(answers.files);
    const mounts = parseMountinfo(requireFile(files, '/proc/self/mountinfo', context));
    const kernel = parseProcCgroups(readFile(files, '/proc/cgroups', context) ?? '');
    const version = hierarchyOf(mounts);
    if (version !== 'v2') {
      const controllers = kernel.filter(({ enabled }) => enabled).map(({ name }) => name);
      return known({ version, controllers, boundElsewhere: [], freezer: controllers.includes('freezer') });
    }
    const controllers = words(readFile(files, '/sys/fs/cgroup/cgroup.controllers', context) ?? '');
    const boundElsewhere = kernel
      .filter(({ name, enabled, hierarchy }) => enabled && hierarchy !== 0 && !controllers.includes(name))
      .map(({ name }) => name);
    return known({ version, controllers, boundElsewhere, freezer: answerText(answers.freezer).trim() === 'yes' });
  },
};

const hierarchyOf = (mounts: ReturnType<typeof parseMountinfo>): Cgroups['version'] => {
  const v1 = mounts.some(({ fsType }) => fsType === 'cgroup');
  const v2 = mounts.filter(({ fsType }) => fsType === 'cgroup2');
  if (v2.some(({ mountPoint }) => mountPoint === '/sys/fs/cgroup')) return 'v2';
  if (v1) return v2.length > 0 ? 'hybrid' : 'v1';
  throw new CannotTell('no cgroup file system is mounted');
};

/** name, hierarchy id (0: not bound to a v1 tree), number of groups, enabled. */
export const parseProcCgroups = (text: string) =>
  text
    .split('\n')
    .filter(line => line !== '' && !line.startsWith('#'))
    .map(line => words(line))
    .map(([name = '', hierarchy, , enabled]) => ({ name, hierarchy: Number(hierarchy), enabled: enabled === '1' }));
