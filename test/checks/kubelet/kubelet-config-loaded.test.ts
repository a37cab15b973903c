import { kubeletConfigLoaded } from '../../../src/checks/kubelet/kubelet-config-loaded.ts';
import { testCheck } from '../../check-tester.ts';
import { recordedKubelet } from '../../facts/kubelet-fixture.ts';
import { aKubelet } from '../../kubelet.ts';
import { extraArgs, joined, skipped } from './facts.ts';

const { running } = aKubelet();

testCheck(kubeletConfigLoaded, {
  pass: [
    { name: 'recorded', facts: { clusterState: joined(), kubelet: recordedKubelet('cgroupfs-kept') } },
    {
      name: 'an environment file that says the same still',
      facts: { clusterState: joined(), kubelet: aKubelet({ newer: ['/var/lib/kubelet/kubeadm-flags.env'] }) },
    },
  ],
  fail: [
    {
      name: 'recorded: config.yaml written since',
      facts: { clusterState: joined(), kubelet: recordedKubelet('config-newer') },
      observed: 'written since: /var/lib/kubelet/config.yaml',
      fixedByApply: true,
    },
    {
      name: 'other flags',
      facts: { clusterState: joined(), kubelet: aKubelet({ files: extraArgs('--v=4'), running }) },
      observed: 'running: none of these; after a restart: --v=4',
      expected: /\/etc\/default\/kubelet$/,
      fixedByApply: false,
    },
  ],
  skip: [
    ...skipped,
    {
      name: 'it does not run',
      facts: { clusterState: joined(), kubelet: aKubelet({ running: undefined }) },
      reason: 'the kubelet does not run',
    },
  ],
});
