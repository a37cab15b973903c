import { runtimeLeftAlone } from '../../../src/checks/runtime/runtime-left-alone.ts';
import type { Needrestart } from '../../../src/facts/needrestart.ts';
import type { Packages } from '../../../src/facts/packages.ts';
import { testCheck } from '../../check-tester.ts';
import { aFile } from '../../host-file.ts';

const packages: Packages = {
  ...{ manager: 'apt', held: [], broken: [], listsUpdatedSeconds: 0 },
  installed: { needrestart: '3.6-4' },
};
const says = (found: Partial<Needrestart> = {}): Needrestart => ({
  own: aFile('/etc/needrestart/conf.d/zz-nodeprep.conf', undefined),
  mode: undefined,
  readsDropIns: true,
  restartsOthers: true,
  overrides: [],
  ...found,
});
const spared = { pattern: '^containerd\\.service$', restarts: false };

testCheck(runtimeLeftAlone, {
  pass: [
    { name: 'it only lists', facts: { packages, needrestart: says({ mode: 'l' }) }, observed: /restarts nothing/ },
    { name: 'spared', facts: { packages, needrestart: says({ overrides: [spared] }) }, observed: /leaves them alone/ },
  ],
  fail: [
    {
      name: 'nothing said',
      facts: { packages, needrestart: says() },
      message: /^needrestart restarts containerd\.service when/,
      fixedByApply: true,
    },
    {
      name: 'three daemons of Docker',
      facts: { packages, needrestart: says({ overrides: [{ pattern: '^docker', restarts: false }] }) },
      desired: { runtime: { name: 'docker' } },
      message: /restarts cri-docker\.service, containerd\.service when/,
    },
    {
      name: 'asked for',
      facts: { packages, needrestart: says({ overrides: [{ pattern: '^containerd', restarts: true }] }) },
      remedy: /take containerd\.service out/,
      fixedByApply: false,
    },
    {
      name: 'its directory is not read',
      facts: { packages, needrestart: says({ readsDropIns: false }) },
      remedy: /at the end of \/etc\/needrestart\/needrestart\.conf/,
      fixedByApply: false,
    },
  ],
  skip: [
    {
      name: 'no needrestart',
      facts: { packages: { ...packages, installed: {} }, needrestart: says() },
      reason: /no needrestart/,
    },
  ],
});
