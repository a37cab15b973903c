import { defineCheck } from '../check.ts';
import { notOwned } from '../support/in-container.ts';

/** What a node with an overlay snapshotter and a bridge network loads. */
const needed = ['overlay', 'br_netfilter'];

export const kernelModulesPresent = defineCheck({
  id: 'kernel-modules-present',
  title: 'Modules of the running kernel are on disk',
  severity: 'error',
  source: 'https://www.freedesktop.org/software/systemd/man/latest/systemd-modules-load.service.html',
  needs: ['container', 'kernel', 'modules'],
  evaluate({ container, kernel, modules }) {
    const shared = notOwned(container, 'modules are that');
    if (shared !== undefined) return shared;
    if (!modules.support) return { status: 'skip', reason: 'the kernel has no modules; all of it is built in' };
    const tree = `/lib/modules/${kernel.release}`;
    if (modules.treePresent) return { status: 'pass', observed: tree };
    const missing = needed.filter(name => !modules.loaded.includes(name) && !modules.builtin.includes(name));
    return {
      status: 'fail',
      message:
        missing.length === 0
          ? 'the running kernel can load no more modules: its directory is gone'
          : `the running kernel cannot load ${missing.join(', ')}: its modules are not on disk`,
      observed: `no ${tree}`,
      expected: tree,
      remedy: 'reboot into the kernel that is installed, or install the modules of the one that runs',
      fixedByApply: false,
      severity: missing.length === 0 ? 'warning' : 'error',
    };
  },
});
