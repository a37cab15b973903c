import { criSocketOf } from '../../core/cri-endpoint.ts';
import { handlerNames } from '../../core/desired.ts';
import { known, unknown } from '../../core/observed.ts';
import { driverFromRuntimeConfig, sandboxImageFromStatus } from '../support/cri-in-force.ts';
import { defineRuntimeView } from './runtime-view.ts';

const socket = criSocketOf('cri-o');

export const criO = defineRuntimeView({
  name: 'cri-o',
  label: 'CRI-O',
  criName: 'CRI-O',
  needs: ['crio'],
  units: ['crio.service'],
  runtimeConfigSince: '1.28',
  installed: ({ crio: { binary, version } }) =>
    binary === '' ? { observed: 'no CRI-O on this host', missing: 'CRI-O is not installed' } : { binary, version },
  criDisabled: () => undefined,
  driversInForce: ({ cri }) => driverFromRuntimeConfig(cri, socket),
  sandboxImageInForce: ({ cri }) => sandboxImageFromStatus(cri, socket),
  cniDirectories: ({ crio: { inForce } }) =>
    inForce === undefined
      ? unknown('`crio status config` does not tell where the running CRI-O looks for CNI plugins')
      : known(inForce.pluginDirs),
  labelsInForce({ crio: { inForce } }) {
    return inForce?.selinux === undefined
      ? unknown('`crio status config` does not tell whether the running CRI-O gives containers SELinux labels')
      : known({ value: inForce.selinux, from: 'crio status config' });
  },
  handlersInForce({ crio: { inForce } }) {
    if (inForce === undefined) return unknown('`crio status config` does not tell the handlers of the running CRI-O');
    const { handlers, defaultHandler } = inForce;
    const names = handlerNames.filter(name => handlers.includes(name));
    return known({ value: { names, defaultHandler }, from: 'crio status config' });
  },
});
