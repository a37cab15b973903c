import { runcHandlerType } from '../../core/containerd-config.ts';
import { byConmon, isSet, type OciHandler } from './handler.ts';

/** containerd's own handler. Its cgroup driver is `options.SystemdCgroup`; that of CRI-O is its cgroup_manager. */
export const runc: OciHandler = {
  name: 'runc',
  label: 'runc',
  packages: { apt: 'runc', dnf: 'runc', zypper: 'runc' },
  howToGet: 'install runc (https://github.com/opencontainers/runc/releases) as /usr/local/sbin/runc',
  containerd: {
    // It comes with every containerd, and is found on its PATH.
    programs: [],
    keys: () => [{ path: ['runtime_type'], value: runcHandlerType, accepts: isSet }],
  },
  crio: { ...byConmon('runc'), bundled: true },
};
