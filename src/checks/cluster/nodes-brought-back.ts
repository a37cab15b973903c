import { isMarked, markWords } from '../../cluster/cordon-mark.ts';
import { defineClusterCheck } from '../check.ts';

/** A node is never left silently cordoned: whoever looks at the cluster is told, whatever became of the run (design 3.10). */
export const nodesBroughtBack = defineClusterCheck({
  id: 'nodes-brought-back',
  title: 'No node is left cordoned by a run of nodeprep',
  severity: 'error',
  source: 'https://kubernetes.io/docs/tasks/administer-cluster/safely-drain-node/',
  fixable: true,
  evaluate({ nodes }) {
    const left = nodes.filter(isMarked);
    if (left.length === 0) return { status: 'pass', observed: 'no node bears a mark of nodeprep' };
    const names = left.map(({ metadata }) => metadata.name);
    return {
      status: 'fail',
      message: `${names.join(', ')} ${names.length === 1 ? 'is' : 'are'} cordoned by a run of nodeprep that did not bring ${names.length === 1 ? 'it' : 'them'} back`,
      observed: left.map(node => `${node.metadata.name}: ${markWords(node)}`).join('; '),
      expected: 'no mark of nodeprep on any node while no run is at work',
      remedy: 'nodeprep recover INVENTORY, with an inventory that has these nodes',
      fixedByApply: true,
    };
  },
});
