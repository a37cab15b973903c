import { configOnDisk, containerdSocket } from '../../facts/containerd-in-force.ts';
import { defineCheck } from '../check.ts';
import { filesNewerThanDaemon } from '../support/containerd-in-force.ts';
import { noContainerd } from '../support/one-runtime.ts';

export const registryConfig = defineCheck({
  id: 'registry-config',
  title: 'Registries are configured in one way',
  severity: 'error',
  source: 'https://github.com/containerd/containerd/blob/main/docs/cri/registry.md',
  needs: ['containerd', 'cri', 'services'],
  fixable: true,
  evaluate({ containerd, cri, services }, desired) {
    const absent = noContainerd(containerd, desired);
    if (absent !== undefined) return absent;
    const config = configOnDisk(containerd);
    if (!config.known) return { status: 'unknown', reason: config.reason };
    const { configPath, mirrors, tls } = config.value.registry;
    const old = [...mirrors.map(name => `mirrors of ${name}`), ...tls.map(name => `tls of ${name}`)];
    if (configPath === '' || old.length === 0) {
      return { status: 'pass', observed: configPath === '' ? 'no config_path' : `config_path = ${configPath}` };
    }
    const isAsked = desired.runtime.registries.length > 0;
    const doesAnswer = cri[containerdSocket]?.answered === true;
    if (doesAnswer && filesNewerThanDaemon(containerd, services).length === 0) {
      return { status: 'pass', observed: `config_path = ${configPath}; the CRI plugin has loaded with it` };
    }
    return {
      status: 'fail',
      message: doesAnswer
        ? 'CRI stops with the next restart of containerd: config_path does not go with mirrors or tls in config.toml'
        : 'the CRI plugin does not load: config_path does not go with mirrors or tls in config.toml',
      observed: `config_path = ${configPath}, with ${old.join(', ')}`,
      expected: 'only config_path, with a hosts.toml for each registry',
      remedy: `${isAsked ? 'nodeprep apply (moves them)' : 'name the registries in runtime.registryMirrors, and nodeprep apply moves them'}; or move them to ${configPath.split(':')[0]}/REGISTRY/hosts.toml and remove them from ${containerd.config.path} or what it imports`,
      fixedByApply: isAsked,
    };
  },
});
