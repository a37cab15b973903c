import { commandDifference, configNewerThanKubelet } from '../../facts/kubelet-in-force.ts';
import { defineCheck } from '../check.ts';
import { noJoinedKubelet } from '../support/joined-kubelet.ts';

export const kubeletConfigLoaded = defineCheck({
  id: 'kubelet-config-loaded',
  title: 'The running kubelet has read its files',
  severity: 'warning',
  source: 'https://kubernetes.io/docs/tasks/administer-cluster/kubelet-config-file/',
  needs: ['clusterState', 'kubelet'],
  fixable: true,
  evaluate(facts) {
    const absent = noJoinedKubelet(facts);
    if (absent !== undefined) return absent;
    if (facts.kubelet.running === undefined) return { status: 'skip', reason: 'the kubelet does not run' };
    const newer = configNewerThanKubelet(facts.kubelet);
    if (newer.length > 0) {
      return {
        status: 'fail',
        message: 'the configuration of the kubelet was written after it started: it runs with another one',
        observed: `written since: ${newer.join(', ')}`,
        expected: 'no file newer than the process',
        remedy:
          'nodeprep apply, or by hand: systemctl restart kubelet; a cgroup driver is never changed while pods run',
        // Of settings that cannot be told nothing can be proved, so the plan holds a restart.
        fixedByApply: true,
      };
    }
    const command = commandDifference(facts.kubelet);
    if (command === undefined)
      return { status: 'pass', observed: 'no file is newer than the process, its flags are those of its unit' };
    return {
      status: 'fail',
      message: 'the kubelet runs with other flags than its unit and environment files say',
      observed: `running: ${command.running.join(' ') || 'none of these'}; after a restart: ${command.next.join(' ') || 'none of these'}`,
      expected: `the flags of ${command.files.join(', ')}`,
      remedy: 'systemctl daemon-reload && systemctl restart kubelet, or take back the edit of these files',
      fixedByApply: false,
    };
  },
});
