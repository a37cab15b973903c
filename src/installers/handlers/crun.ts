import { runcHandlerType } from '../../core/containerd-config.ts';
import { byConmon, isProgram, type OciHandler } from './handler.ts';

/** Under containerd run by runc's shim, with runc's options, SystemdCgroup among them; under CRI-O by conmon, like runc. */
export const crun: OciHandler = {
  name: 'crun',
  label: 'crun',
  packages: { apt: 'crun', dnf: 'crun', zypper: 'crun' },
  howToGet: 'install crun (https://github.com/containers/crun/releases) as /usr/local/bin/crun',
  containerd: {
    programs: ['crun'],
    keys: (where, { cgroupDriver }) => [
      { path: ['runtime_type'], value: runcHandlerType },
      { path: ['options', 'BinaryName'], value: where('crun'), accepts: isProgram('crun') },
      // Of a handler that is there already it is moved with the driver of the others.
      { path: ['options', 'SystemdCgroup'], value: cgroupDriver === 'systemd', accepts: () => true },
    ],
  },
  crio: { ...byConmon('crun'), bundled: true },
};
