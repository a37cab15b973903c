import type { Connection } from '../connect/connection.ts';
import { quote } from '../core/shell.ts';

/** Far more than the cgroups of one sandbox. */
const maxBytes = 64 * 1024;

/**
 * Where the host has put a sandbox: the cgroups of processes that bear its id, else directories that do (CRI-O starts no
 * process for a sandbox that needs none). A sandbox that is gone has none.
 */
const cgroupProgram = (id: string): string => `nodeprep_cgroups() {
  grep -sh -e ${quote(id)} /proc/[0-9]*/cgroup | sed 's/^[^:]*:[^:]*:/CGROUP /' | sort -u
  find /sys/fs/cgroup -maxdepth 8 -type d -name ${quote(`*${id}*`)} 2>/dev/null | sed 's/^/CGROUP /'
}
nodeprep_cgroups; exit
`;

/** An id that goes into a program of ours. */
const plainId = /^[A-Za-z0-9][A-Za-z0-9_.-]{7,127}$/;

/** Every cgroup path with the sandbox's id in it, as the host names them. Throws where the runtime's id is none. */
export const cgroupsOf = async (
  connection: Connection,
  sandboxId: string,
  signal: AbortSignal,
): Promise<readonly string[]> => {
  if (!plainId.test(sandboxId)) throw new Error('the runtime gave its sandbox a name that is no id');
  const session = await connection.start(cgroupProgram(sandboxId), { as: 'best', signal });
  let text = '';
  for await (const block of session.stdout) {
    text += block.toString('latin1');
    if (text.length > maxBytes) break;
  }
  session.close();
  return [...text.matchAll(/^CGROUP (\/\S*)$/gm)]
    .map(([, path]) => path ?? '')
    .filter(path => path.includes(sandboxId));
};

/**
 * Whether a path is one that this driver makes: systemd gives a scope below a slice, cgroupfs a directory by the id. A
 * runtime that got a slice but does not talk to systemd makes a directory `system.slice:cri-containerd:ID`.
 */
export const fitsDriver = (path: string, sandboxId: string, driver: 'systemd' | 'cgroupfs'): boolean => {
  const at = path.split('/').findIndex(segment => segment.includes(sandboxId));
  const [parent, own] = [path.split('/')[at - 1] ?? '', path.split('/')[at] ?? ''];
  if (own.includes(':')) return false;
  if (driver === 'systemd') return own.endsWith('.scope') && parent.endsWith('.slice');
  return !own.endsWith('.scope');
};
