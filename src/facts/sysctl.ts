import { known } from '../core/observed.ts';
import type { Fact } from './fact.ts';
import { decodeFiles } from './files.ts';

/** Live values of the keys that checks and installers ask for; null = the key does not exist. Inner white space squashed to one space. */
export type Sysctl = Readonly<Record<string, string | null>>;

/** What checks and installers ask for. */
export const sysctlKeys = [
  'net.ipv4.ip_forward',
  'net.ipv4.conf.all.forwarding',
  'net.ipv4.conf.default.forwarding',
  'net.ipv6.conf.all.forwarding',
  'net.ipv6.conf.default.forwarding',
  'net.ipv6.conf.all.disable_ipv6',
  'net.bridge.bridge-nf-call-iptables',
  'net.bridge.bridge-nf-call-ip6tables',
  'net.bridge.bridge-nf-call-arptables',
  'net.ipv4.conf.all.rp_filter',
  'net.ipv4.conf.default.rp_filter',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.ip_local_port_range',
  'kernel.panic',
  'kernel.panic_on_oops',
  'kernel.keys.root_maxkeys',
  'kernel.keys.root_maxbytes',
  'kernel.pid_max',
  'vm.overcommit_memory',
  'vm.panic_on_oom',
  'vm.max_map_count',
  'vm.swappiness',
  'fs.file-max',
  'fs.inotify.max_user_instances',
  'fs.inotify.max_user_watches',
  'fs.may_detach_mounts',
  'user.max_user_namespaces',
] as const;

const pathOf = (key: string): string => `/proc/sys/${key.replaceAll('.', '/')}`;

/** A key that cannot be read is left out, so that it is neither absent nor a value. */
export const sysctl: Fact<Sysctl> = {
  items: { files: { kind: 'files', paths: sysctlKeys.map(pathOf) } },
  parse({ files }) {
    const reads = decodeFiles(files);
    const live = (key: string): string | null | undefined => {
      const read = reads.get(pathOf(key));
      if (read === undefined) return null;
      return read.state === 'file' && read.text !== '' ? squash(read.text) : undefined;
    };
    const values = sysctlKeys.map(key => [key, live(key)] as const).filter(([, value]) => value !== undefined);
    return known(Object.fromEntries(values) as Sysctl);
  },
};

/** The kernel puts tabs between numbers. */
export const squash = (value: string): string => value.trim().split(/\s+/).join(' ');
