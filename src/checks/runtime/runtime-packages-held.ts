import type { DesiredRuntime } from '../../core/desired.ts';
import { packageCommands } from '../../core/package-manager.ts';
import { profileOf } from '../../core/runtimes/index.ts';
import { osFamilyOf } from '../../os/index.ts';
import type { OsFamily } from '../../os/os-family.ts';
import { runtimePackages } from '../../os/runtime-packages.ts';
import { defineCheck } from '../check.ts';

export const runtimePackagesHeld = defineCheck({
  id: 'runtime-packages-held',
  title: "Upgrades of the host leave the runtime's packages alone",
  severity: 'warning',
  source: 'https://kubernetes.io/docs/tasks/administer-cluster/kubeadm/upgrading-linux-nodes/',
  needs: ['osRelease', 'packages'],
  fixable: true,
  evaluate({ osRelease, packages }, { runtime }) {
    const os = osFamilyOf(osRelease);
    if (os === undefined || packages.manager !== os.packageManager)
      return { status: 'skip', reason: 'nodeprep knows no holds of this package manager' };
    const { names, isAsked } = packagesThere(runtime, os, packages.installed);
    if (names.length === 0) return { status: 'skip', reason: 'no package brought the runtime' };
    const loose = names.filter(name => !packages.held.includes(name));
    const withVersion = (name: string): string => `${name} ${packages.installed[name]}`;
    if (loose.length === 0) return { status: 'pass', observed: `held: ${names.map(withVersion).join(', ')}` };
    return {
      status: 'fail',
      message: `an upgrade of the host moves ${loose.join(', ')} too, and restarts the runtime with whatever runs on the node`,
      observed: `not held: ${loose.map(withVersion).join(', ')}`,
      expected: `held: ${names.join(', ')}`,
      remedy: `${packageCommands[os.packageManager].hold} ${loose.join(' ')}${isAsked ? '; or nodeprep apply, which holds them' : ''}`,
      fixedByApply: isAsked,
    };
  },
});

interface Found {
  readonly names: readonly string[];
  /** They come from where the inventory wants them. */
  readonly isAsked: boolean;
}

/** Whichever source they are of: without an inventory nobody has asked for one. */
const packagesThere = (runtime: DesiredRuntime, os: OsFamily, installed: Readonly<Record<string, string>>): Found => {
  const found = (['distribution', 'upstream'] as const)
    .map(source => runtimePackages({ ...runtime, source }, os))
    .find(([own]) => own !== undefined && installed[own] !== undefined);
  const bridge = profileOf(runtime.name).isDockerLike ? ['cri-dockerd'] : [];
  const names = [...(found ?? []), ...bridge].filter(name => installed[name] !== undefined);
  return { names, isAsked: found === undefined || found[0] === runtimePackages(runtime, os)[0] };
};
