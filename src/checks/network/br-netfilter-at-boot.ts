import { defineCheck } from '../check.ts';
import { bridgeSeverity, bridgeSource } from '../support/bridge.ts';
import { notOwned } from '../support/in-container.ts';

export const brNetfilterAtBoot = defineCheck({
  id: 'br-netfilter-at-boot',
  title: 'br_netfilter is loaded at boot',
  severity: 'warning',
  source: bridgeSource,
  needs: ['container', 'modules', 'modulesLoad'],
  fixable: true,
  evaluate({ container, modules, modulesLoad }, desired) {
    const shared = notOwned(container, 'modules are that');
    if (shared !== undefined) return shared;
    if (modules.builtin.includes('br_netfilter')) return { status: 'pass', observed: 'br_netfilter is built in' };
    const listed = modulesLoad.modules.find(({ name }) => name === 'br_netfilter');
    const refused = modulesLoad.blacklisted.find(({ name }) => name === 'br_netfilter');
    const failure = {
      status: 'fail',
      message: 'br_netfilter is not loaded at the next boot',
      expected: 'a line br_netfilter below /etc/modules-load.d, and no line that refuses it',
      severity: bridgeSeverity(desired),
    } as const;
    if (refused !== undefined) {
      const place = `${refused.path}:${refused.line}`;
      return { ...failure, observed: `refused by ${place}`, remedy: `remove ${place}`, fixedByApply: false };
    }
    if (listed === undefined) {
      const remedy = 'nodeprep apply writes a file below /etc/modules-load.d';
      return { ...failure, observed: 'no file lists it', remedy, fixedByApply: true };
    }
    return { status: 'pass', observed: `${listed.path}:${listed.line}` };
  },
});
