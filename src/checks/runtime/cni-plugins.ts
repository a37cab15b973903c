import { withoutEndingSlashes } from '../../core/ending-slashes.ts';
import { defineCheck } from '../check.ts';
import { runtimeOf } from '../runtimes/index.ts';
import { noRuntime } from '../support/runtime-state.ts';

export const cniPlugins = defineCheck({
  id: 'cni-plugins',
  title: 'The CNI plugins of the network are where the runtime looks',
  // Every pod that is not in the network of the host fails without them.
  severity: 'warning',
  source: 'https://kubernetes.io/docs/concepts/extend-kubernetes/compute-storage-net/network-plugins/',
  needs: ['cniPlugins', 'containerd', 'crio', 'docker'],
  needsOn: desired => [...runtimeOf(desired).needs, 'cniPlugins'],
  evaluate(facts, desired) {
    const absent = noRuntime(facts, desired);
    if (absent !== undefined) return absent;
    const { installed, network } = facts.cniPlugins;
    if (network === undefined)
      return { status: 'skip', reason: 'no network is configured in /etc/cni/net.d yet; it brings its plugins' };
    if (network.plugins === undefined)
      return { status: 'unknown', reason: `${network.path} is not JSON, or not that of a network` };
    const { label, cniDirectories } = runtimeOf(desired);
    const directories = cniDirectories(facts);
    if (!directories.known) return { status: 'unknown', reason: directories.reason };
    const looked = directories.value.map(withoutEndingSlashes);
    const has = (directory: string, name: string): boolean => installed[directory]?.includes(name) === true;
    const missing = network.plugins.filter(name => !looked.some(directory => has(directory, name)));
    const where = looked.join(', ') || 'no directory';
    if (missing.length === 0) return { status: 'pass', observed: `${network.plugins.join(', ')} in ${where}` };
    const elsewhere = Object.keys(installed).find(
      directory => !looked.includes(directory) && missing.every(name => has(directory, name)),
    );
    return {
      status: 'fail',
      message: `${network.path} asks for ${missing.join(', ')}, and ${label} looks for CNI plugins in ${where}, where ${missing.length === 1 ? 'it is' : 'they are'} not`,
      observed: elsewhere === undefined ? `not on this host: ${missing.join(', ')}` : `in ${elsewhere}`,
      expected: `${missing.join(', ')} in ${where}`,
      remedy:
        elsewhere === undefined
          ? `install what brings ${missing.join(', ')} there: the network itself, kubernetes-cni or runtime.archives.cniPlugins (/opt/cni/bin), or the distribution's package of CNI plugins`
          : `runtime.cni.binDir: ${elsewhere} in the inventory, then nodeprep apply; or install the plugins in ${looked[0] ?? '/opt/cni/bin'}, as networks do`,
      fixedByApply: false,
    };
  },
});
