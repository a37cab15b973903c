import { known } from '../../core/observed.ts';
import { configOnDisk } from '../../facts/containerd-in-force.ts';
import {
  containerdUnitName,
  disabledCriPlugins,
  driversInForce,
  handlersInForce,
  labelsInForce,
  sandboxImageInForce,
} from '../support/containerd-in-force.ts';
import { defineRuntimeView } from './runtime-view.ts';

export const containerd = defineRuntimeView({
  name: 'containerd',
  label: 'containerd',
  criName: 'containerd',
  needs: ['containerd'],
  units: [containerdUnitName],
  runtimeConfigSince: '2.0',
  installed: ({ containerd: { binary, version } }) =>
    binary === ''
      ? { observed: 'no containerd on this host', missing: 'containerd is not installed' }
      : { binary, version },
  criDisabled({ containerd: observed }, answer) {
    const disabled = disabledCriPlugins(observed);
    if (disabled.length === 0) return undefined;
    return {
      message: answer?.answered
        ? 'the configuration disables CRI from the next restart of containerd'
        : "the configuration disables CRI, as Docker's package ships it",
      observed: `disabled_plugins names ${disabled.join(', ')}`,
      expected: 'disabled_plugins without the CRI plugin',
    };
  },
  silentCri: { message: 'containerd runs, but its CRI plugin did not load', look: 'ctr plugins ls' },
  driversInForce,
  sandboxImageInForce,
  cniDirectories({ containerd: observed }) {
    const config = configOnDisk(observed);
    return config.known ? known(config.value.cniBinDirs) : config;
  },
  handlersInForce,
  labelsInForce,
});
