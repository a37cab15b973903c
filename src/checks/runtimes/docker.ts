import { criSocketOf } from '../../core/cri-endpoint.ts';
import { known } from '../../core/observed.ts';
import { profileOf, type RuntimeName } from '../../core/runtimes/index.ts';
import { criDockerdFlags, labelsInForce, lastFlag } from '../../facts/docker-in-force.ts';
import { driverFromRuntimeConfig, sandboxImageFromStatus } from '../support/cri-in-force.ts';
import { defineRuntimeView, type RuntimeView } from './runtime-view.ts';

/** `cri-dockerd --help` */
const criDockerdDefault = '/opt/cni/bin';

const socket = criSocketOf('docker');

/** Whoever packages the engine, it is looked at in the same way. */
export const engineView = (name: RuntimeName): RuntimeView<'docker'> => {
  const { label } = profileOf(name);
  return defineRuntimeView({
    name,
    label: `${label} with cri-dockerd`,
    criName: 'cri-dockerd',
    needs: ['docker'],
    units: ['docker.service', 'cri-docker.socket', 'cri-docker.service'],
    runtimeConfigSince: '0.3.17',
    installed({ docker: { engine, criDockerd, criDockerdVersion } }) {
      if (engine === '') return { observed: `no ${label} on this host`, missing: `${label} is not installed` };
      if (criDockerd === '')
        return { observed: `${engine}, but no cri-dockerd`, missing: 'cri-dockerd is not installed' };
      return { binary: criDockerd, version: criDockerdVersion };
    },
    criDisabled: () => undefined,
    driversInForce: ({ cri }) => driverFromRuntimeConfig(cri, socket),
    cniDirectories({ docker: observed }) {
      const flag = lastFlag(criDockerdFlags(observed), 'cni-bin-dir');
      return known(flag === undefined ? [criDockerdDefault] : flag.value.split(','));
    },
    labelsInForce(facts) {
      const labels = labelsInForce(facts);
      return labels.known ? known({ value: labels.value, from: 'dockerd configuration' }) : labels;
    },
    sandboxImageInForce: ({ cri }) => sandboxImageFromStatus(cri, socket),
  });
};

export const docker = engineView('docker');
