import type { DesiredRuntime } from '../../core/desired.ts';
import { isOnPath, type OciRuntimes } from '../../facts/oci-runtimes.ts';
import { valueAt } from '../../toml/parse.ts';
import { readTomlFile } from '../toml-file.ts';
import type { TomlFileWish } from './files.ts';
import { isSet, type OciHandler } from './handler.ts';
import { handlerLabels } from './labels.ts';

const shim = 'containerd-shim-kata-v2';
const cgroupKey = ['runtime', 'sandbox_cgroup_only'];

/** Kata Containers: a virtual machine for each pod. There is no SystemdCgroup for it; `sandbox_cgroup_only` of its own file says what of it is in the cgroup of the pod. */
export const kata: OciHandler = {
  name: 'kata',
  label: 'Kata Containers',
  packages: {},
  howToGet: `unpack kata-static of a release (https://github.com/kata-containers/kata-containers/releases) below /opt/kata, and link /opt/kata/bin/${shim} into /usr/local/bin`,
  containerd: {
    programs: [shim],
    keys: where => [
      // kata-deploy has one type for each hypervisor: io.containerd.kata-qemu.v2.
      { path: ['runtime_type'], value: 'io.containerd.kata.v2', accepts: isKataType },
      ...(isOnPath(where(shim)) ? [] : [{ path: ['runtime_path'], value: where(shim), accepts: isSet }]),
      // Else a privileged container would get every device of the host in its machine.
      { path: ['privileged_without_host_devices'], value: true, accepts: found => found !== undefined },
    ],
    files: cgroupFile,
  },
  crio: {
    programs: [shim],
    keys: where => [
      { path: ['runtime_path'], value: where(shim) },
      { path: ['runtime_type'], value: 'vm' },
      { path: ['runtime_root'], value: '/run/vc' },
      { path: ['privileged_without_host_devices'], value: true },
    ],
    files: cgroupFile,
  },
};

const isKataType = (found: unknown): boolean => typeof found === 'string' && found.startsWith('io.containerd.kata');

/** With systemd the machine must be wholly in the cgroup of its pod. Where Kata's own file is read so far, its copy in /etc goes first. */
function cgroupFile({ kataConfigs }: OciRuntimes, { cgroupDriver }: DesiredRuntime): readonly TomlFileWish[] {
  const [own] = kataConfigs;
  const inForce = kataConfigs.find(({ type }) => type !== 'absent');
  if (own === undefined || inForce === undefined || cgroupDriver === 'cgroupfs') return [];
  const read = readTomlFile(inForce);
  const isRight = read.ok && valueAt(read.config.value, cgroupKey) === true;
  return [
    {
      file: own,
      from: inForce,
      edits: isRight ? [] : [{ kind: 'set', path: cgroupKey, value: true }],
      label: handlerLabels.kataDriver,
      because: 'with the cgroup driver systemd all of its virtual machine belongs into the cgroup of the pod',
    },
  ];
}
