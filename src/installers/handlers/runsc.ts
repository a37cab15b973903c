import type { DesiredRuntime } from '../../core/desired.ts';
import { isOnPath, type OciRuntimes, runscConfigPath } from '../../facts/oci-runtimes.ts';
import { valueAt } from '../../toml/parse.ts';
import { readTomlFile } from '../toml-file.ts';
import type { TomlFileWish } from './files.ts';
import { byConmon, type OciHandler } from './handler.ts';
import { handlerLabels } from './labels.ts';

const shim = 'containerd-shim-runsc-v1';
const driverKey = ['runsc_config', 'systemd-cgroup'];

/**
 * gVisor. Its shim takes the cgroup driver from `systemd-cgroup` of its own file, a text; containerd's SystemdCgroup is nothing to
 * it. CRI-O's conmon tells it by a flag. It needs no KVM: systrap, its default, and ptrace do without.
 */
export const runsc: OciHandler = {
  name: 'runsc',
  label: 'gVisor',
  // Debian's has no shim for containerd, and is of 2022.
  packages: { apt: 'runsc' },
  howToGet: `put runsc and ${shim} of one release of gVisor (https://gvisor.dev/docs/user_guide/install/) into /usr/local/bin`,
  containerd: {
    programs: [shim, 'runsc'],
    keys: where => [
      { path: ['runtime_type'], value: 'io.containerd.runsc.v1' },
      ...(isOnPath(where(shim)) ? [] : [{ path: ['runtime_path'], value: where(shim) }]),
      { path: ['options', 'TypeUrl'], value: 'io.containerd.runsc.v1.options' },
      { path: ['options', 'ConfigPath'], value: runscConfigPath },
    ],
    files: (found, runtime) => [driverFile(found, runtime)],
  },
  crio: byConmon('runsc'),
};

const driverFile = ({ runscConfig: file }: OciRuntimes, runtime: DesiredRuntime): TomlFileWish => {
  const systemd = runtime.cgroupDriver === 'systemd';
  const read = readTomlFile(file);
  const found = read.ok ? valueAt(read.config.value, driverKey) : undefined;
  // The shim starts without the file only where nothing names it, and without the key by cgroupfs.
  const isRight = file.type !== 'absent' && (found === undefined ? !systemd : String(found) === String(systemd));
  return {
    file,
    edits: isRight ? [] : [{ kind: 'set', path: driverKey, value: String(systemd) }],
    label: handlerLabels.runscDriver(runtime),
    because: "gVisor's shim takes the cgroup driver from there, not from SystemdCgroup",
  };
};
