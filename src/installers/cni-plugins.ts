import { archiveChange } from './archive-change.ts';
import { disruptionOf } from './disruption.ts';
import { defineInstaller } from './installer.ts';
import { knownFacts, nothing, refused } from './known-facts.ts';

/** CNI plugins of their release archive, for whichever runtime: networks bring their own, and call some of these. */
export const cniPlugins = defineInstaller({
  id: 'cni-plugins',
  source: 'https://github.com/containernetworking/plugins#readme',
  needs: ['archives'],
  appliesTo: ({ runtime }) => runtime.archives?.cniPlugins !== undefined,
  plan(facts, { runtime }) {
    const archive = runtime.archives?.cniPlugins;
    if (archive === undefined) return nothing;
    const known = knownFacts(facts, ['archives'], 'CNI plugins');
    if (!known.known) return refused(...known.refusals);
    const installed = known.value.archives.cniPlugins;
    const change = archiveChange(installed, {
      component: 'cniPlugins',
      archive,
      entries: [{ member: '/', path: '/opt/cni/bin/', mode: '0755' }],
      because: installed === undefined ? 'pods are connected by them' : 'the inventory asks for it',
      phase: installed === undefined ? 'stage' : 'switch',
      disruption: disruptionOf('cni-plugins'),
    });
    return change === undefined ? nothing : { ...nothing, changes: [change] };
  },
});
