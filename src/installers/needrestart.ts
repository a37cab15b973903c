import { profileOf } from '../core/runtimes/index.ts';
import { type Needrestart, restartOf } from '../facts/needrestart.ts';
import { disruptionOf } from './disruption.ts';
import { fileChange, ownHeader, pathStateOf } from './file-change.ts';
import { defineInstaller, type InstallerPlan } from './installer.ts';
import { nothing, planRefused, refused } from './known-facts.ts';

/** needrestart goes on naming the runtime after an upgrade of libraries, and leaves its restart to people. */
export const needrestart = defineInstaller({
  id: 'needrestart',
  source: 'https://github.com/liske/needrestart#readme',
  needs: ['needrestart', 'packages'],
  appliesTo: () => true,
  plan({ needrestart: found, packages }, { runtime }) {
    // The check tells; that it is unknown bars nobody's node.
    if (!found.known || !packages.known || packages.value.installed.needrestart === undefined) return nothing;
    return planFile(found.value, profileOf(runtime.name).services);
  },
});

const planFile = (found: Needrestart, services: readonly string[]): InstallerPlan => {
  const restarted = services.filter(service => restartOf(found, service) === 'restarted');
  if (restarted.length === 0 || !found.readsDropIns) return nothing;
  const { own } = found;
  const before = pathStateOf(own);
  if (before === undefined) {
    return refused(
      planRefused(`${own.path} is a ${own.type}, which nodeprep does not replace`, 'Move it away, then plan again.'),
    );
  }
  const change = fileChange(own, before, textFor(services.filter(service => restartOf(found, service) !== 'told')), {
    summary: `needrestart leaves ${restarted.join(', ')} alone`,
    because: 'it would restart the runtime once an upgrade has replaced a library',
    phase: 'stage',
    disruption: disruptionOf('needrestart'),
  });
  return { ...nothing, changes: [change], originals: { [own.path]: own.text ?? '' } };
};

const textFor = (services: readonly string[]): string =>
  `${ownHeader}# needrestart still names these after an upgrade of libraries; restart them when the node is drained.
${services.map(service => `$nrconf{override_rc}{qr(^${service.replaceAll('.', '\\.')}$)} = 0;\n`).join('')}`;
