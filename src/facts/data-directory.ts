import { known } from '../core/observed.ts';
import type { Fact } from './fact.ts';
import { decodeFiles } from './files.ts';
import { mountOf, optionsOf, parseMountinfo } from './mountinfo.ts';
import { CannotTell, keyValues, requireFile, wholeNumber, words } from './read.ts';

/** Where the runtime keeps images and containers. */
export interface DataDirectory {
  readonly path: string;
  readonly mountPoint: string;
  readonly fsType: string;
  readonly options: readonly string[];
  /** Whether directory entries carry a type (overlay needs it); null = cannot be told. */
  readonly dType: boolean | null;
  readonly totalBytes: number;
  readonly freeBytes: number;
  readonly totalInodes: number;
  readonly freeInodes: number;
}

/** containerd's `root`; the default where no configuration says otherwise. The nearest directory that exists is measured. */
export const dataDirectory: Fact<DataDirectory> = {
  items: {
    mounts: { kind: 'files', paths: ['/proc/self/mountinfo'] },
    space: {
      kind: 'sh',
      timeoutSeconds: 5,
      script: `p=
[ -r /etc/containerd/config.toml ] && p=$(tr "'" '"' </etc/containerd/config.toml | sed -n -e '/^[[:space:]]*\\[/q' -e 's/^[[:space:]]*root[[:space:]]*=[[:space:]]*"\\(\\/[^"]*\\)".*/\\1/p')
p=\${p:-/var/lib/containerd}
d=$p
while [ -n "$d" ] && ! [ -d "$d" ]; do d=\${d%/*}; done
d=\${d:-/}
printf 'path %s\\nexisting %s\\n' "$p" "$d"
s=$(limit stat -f -c '%S %b %a %c %d %T' "$d") || return $?
printf 'space %s\\n' "$s"
case $s in *' xfs') command -v xfs_info >/dev/null && limit xfs_info "$d" | grep -o 'ftype=[01]';; esac
return 0`,
    },
  },
  parse(answers, context) {
    if (answers.space?.exitCode === 124)
      throw new CannotTell('the file system of the data directory did not answer within 5 s');
    const said = keyValues(answers.space);
    const path = said.get('path') ?? '';
    const mounts = parseMountinfo(requireFile(decodeFiles(answers.mounts), '/proc/self/mountinfo', context));
    const mount = mountOf(mounts, said.get('existing') ?? path);
    if (mount === undefined) throw new CannotTell(`no mount found for ${path}`);
    const [blockBytes, total, free, inodes, freeInodes] = words(said.get('space') ?? '')
      .slice(0, 5)
      .map(word => wholeNumber(word, 'stat -f'));
    if (blockBytes === undefined || total === undefined || free === undefined)
      throw new CannotTell(`stat -f failed on ${path}`);
    return known({
      path,
      mountPoint: mount.mountPoint,
      fsType: mount.fsType,
      options: optionsOf(mount),
      dType: directoryTypes(mount.fsType, said),
      totalBytes: total * blockBytes,
      freeBytes: free * blockBytes,
      totalInodes: inodes ?? 0,
      freeInodes: freeInodes ?? 0,
    });
  },
};

/**
 * ext4, btrfs, tmpfs, f2fs and zfs always store the type. XFS does when made with ftype=1, which only xfs_info tells.
 * overlay, NFS and others: cannot be told without trying. https://docs.kernel.org/filesystems/overlayfs.html
 */
const directoryTypes = (fsType: string, said: ReadonlyMap<string, string>): boolean | null => {
  if (['ext4', 'btrfs', 'tmpfs', 'f2fs', 'zfs'].includes(fsType)) return true;
  if (fsType !== 'xfs') return null;
  if (said.has('ftype=1')) return true;
  return said.has('ftype=0') ? false : null;
};
