import { osFamilies, osFamilyOf } from '../../os/index.ts';
import { defineCheck } from '../check.ts';

export const distributionKnown = defineCheck({
  id: 'distribution-known',
  title: 'nodeprep apply knows the distribution',
  // Every rule holds on it all the same, and nodeprep is not the only way to a node.
  severity: 'warning',
  source: 'https://www.freedesktop.org/software/systemd/man/latest/os-release.html#ID_LIKE=',
  needs: ['container', 'osRelease'],
  evaluate({ container, osRelease }) {
    const family = osFamilyOf(osRelease);
    const { id, idLike, prettyName } = osRelease;
    const tool = family?.snapshotTool;
    if (container.readOnlySystem === true && tool !== undefined) {
      return {
        status: 'fail',
        message: `/usr of ${prettyName} is read-only, so nodeprep apply cannot put packages there; ${tool} does`,
        observed: '/usr is mounted read-only',
        expected: 'a system that packages can be installed into while it runs',
        remedy: `install the runtime with ${tool} and reboot; make the changes that the findings of check name by other means`,
        fixedByApply: false,
      };
    }
    if (family !== undefined) return { status: 'pass', observed: `${prettyName} is of the family ${family.id}` };
    return {
      status: 'fail',
      message: `${prettyName} is of no family that nodeprep apply can prepare`,
      observed: `ID=${id}, ID_LIKE=${idLike.join(' ') || 'not set'} in os-release`,
      expected: `a distribution like ${osFamilies.map(known => known.id).join(' or ')}`,
      remedy: 'the findings of check hold here too: make the changes that they name by other means',
      fixedByApply: false,
    };
  },
});
