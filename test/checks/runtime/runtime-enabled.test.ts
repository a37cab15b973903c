import { runtimeEnabled } from '../../../src/checks/runtime/runtime-enabled.ts';
import { absentContainerd, containerdFact, containerdService, testRuntimeCheck } from './facts.ts';

const unit = (unitFileState: string, loadState = 'loaded') => ({
  containerd: containerdFact(),
  services: containerdService({ unitFileState, loadState }),
});

testRuntimeCheck(runtimeEnabled, {
  pass: [{ name: 'enabled', facts: unit('enabled') }],
  fail: [
    { name: 'disabled', facts: unit('disabled'), observed: 'containerd.service: disabled', fixedByApply: true },
    { name: 'enabled until the next boot', facts: unit('enabled-runtime'), fixedByApply: false },
    { name: 'masked', facts: unit('masked', 'masked'), observed: 'containerd.service: masked', fixedByApply: true },
    {
      name: 'no unit',
      facts: unit('', 'not-found'),
      observed: 'containerd.service: not-found',
      remedy: /install the unit/,
    },
  ],
  skip: [{ name: 'no containerd', facts: { containerd: absentContainerd, services: {} }, reason: /not installed/ }],
});
