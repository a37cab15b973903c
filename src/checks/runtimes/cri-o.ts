import { criSocketOf } from '../../core/cri-endpoint.ts';
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
});
