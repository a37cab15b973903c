import { known } from '../core/observed.ts';
import type { Fact } from './fact.ts';
import { answerText, CannotTell, linesOf, needsRoot } from './read.ts';

/** Only the options that checks ask for are read from the host (a whole config is 270 KB). */
export interface KernelConfig {
  readonly path: string;
  /** Option without `CONFIG_` → `y`, `m` or a value; absent = not set. */
  readonly options: Readonly<Record<string, string>>;
}

/** What checks ask for; system-validators' required and optional set, and what runc and the kubelet lean on. */
export const kernelOptions = [
  'NAMESPACES',
  'UTS_NS',
  'IPC_NS',
  'PID_NS',
  'NET_NS',
  'USER_NS',
  'TIME_NS',
  'CGROUPS',
  'CGROUP_BPF',
  'CGROUP_CPUACCT',
  'CGROUP_DEVICE',
  'CGROUP_FREEZER',
  'CGROUP_PIDS',
  'CGROUP_SCHED',
  'CGROUP_HUGETLB',
  'CPUSETS',
  'MEMCG',
  'FAIR_GROUP_SCHED',
  'CFS_BANDWIDTH',
  'BLK_CGROUP',
  'KEYS',
  'INET',
  'EXT4_FS',
  'PROC_FS',
  'POSIX_MQUEUE',
  'VETH',
  'BRIDGE',
  'BRIDGE_NETFILTER',
  'OVERLAY_FS',
  'SECCOMP',
  'SECCOMP_FILTER',
  'BPF_SYSCALL',
  'PSI',
  'PSI_DEFAULT_DISABLED',
  'NETFILTER_XT_TARGET_REDIRECT',
  'NETFILTER_XT_MATCH_COMMENT',
  'NETFILTER_XT_MATCH_CONNTRACK',
  'NF_CONNTRACK',
  'NF_NAT',
  'NF_TABLES',
  'VXLAN',
  'IP_VS',
  'MODULES',
  'SWAP',
  'ZRAM',
] as const;

/** Where system-validators looks, in its order. $release is the running kernel. */
const places = [
  '/boot/config-$release',
  '/usr/src/linux-$release/.config',
  '/usr/src/linux/.config',
  '/usr/lib/modules/$release/config',
  '/usr/lib/ostree-boot/config-$release',
  '/usr/lib/kernel/config-$release',
  '/usr/src/linux-headers-$release/.config',
  '/lib/modules/$release/build/.config',
] as const;

const pattern = `^CONFIG_(${kernelOptions.join('|')})=`;

export const kernelConfig: Fact<KernelConfig> = {
  items: {
    options: {
      kind: 'sh',
      script: `if [ -r /proc/config.gz ]; then
echo 'path /proc/config.gz'
if command -v gzip >/dev/null; then gzip -cd </proc/config.gz; else zcat </proc/config.gz; fi | grep -E '${pattern}'
return 0
fi
for f in ${places.map(path => `"${path}"`).join(' ')}; do
if [ -r "$f" ] && [ -f "$f" ]; then echo "path $f"; grep -E '${pattern}' "$f"; return 0; fi
[ -e "$f" ] && echo "unreadable $f"
done
return 0`,
    },
  },
  parse({ options }, context) {
    const lines = linesOf(answerText(options));
    const path = lines.find(line => line.startsWith('path '))?.slice('path '.length);
    if (path === undefined) {
      const unreadable = lines.find(line => line.startsWith('unreadable '))?.slice('unreadable '.length);
      if (unreadable !== undefined) throw needsRoot(unreadable, context);
      throw new CannotTell(
        'the kernel configuration is in none of the usual places (/proc/config.gz, /boot, /lib/modules …)',
      );
    }
    const found = Object.fromEntries(lines.flatMap(optionOf));
    // Every kernel that runs containers sets some of these; none at all means that the file is not a kernel configuration.
    if (Object.keys(found).length === 0) throw new CannotTell(`${path} holds no kernel configuration`);
    return known({ path, options: found });
  },
};

const optionOf = (line: string): readonly (readonly [string, string])[] => {
  const [, name, value] = /^CONFIG_(\w+)=(.*)$/.exec(line) ?? [];
  return name === undefined || value === undefined ? [] : [[name, value]];
};
