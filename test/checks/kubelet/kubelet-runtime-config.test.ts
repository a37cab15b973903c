import { kubeletRuntimeConfig } from '../../../src/checks/kubelet/kubelet-runtime-config.ts';
import { testCheck } from '../../check-tester.ts';
import { criAnswer } from '../../kubelet-node.ts';
import { joined, skipped, withFiles, wrapper } from './facts.ts';

const socket = '/run/containerd/containerd.sock';
const new138 = { ...withFiles({}), clusterState: joined('1.38.0') };

testCheck(kubeletRuntimeConfig, {
  pass: [
    {
      name: '1.37 falls back',
      facts: { ...new138, clusterState: joined('1.37.2'), cri: { [socket]: criAnswer(null) } },
    },
    {
      name: '1.38 is told',
      facts: { ...new138, cri: { [socket]: criAnswer('systemd') } },
      observed: 'containerd 2.2.0 tells systemd',
    },
  ],
  fail: [
    {
      name: '1.38 with containerd 1.7',
      facts: { ...new138, cri: { [socket]: criAnswer(null) } },
      message: /does not start: .* containerd 1\.7\.24 does not have/,
    },
  ],
  skip: skipped.map(row => ({ ...row, facts: { ...row.facts, cri: {} } })),
  unknown: [
    { name: 'not asked', facts: { ...new138, cri: {} }, reason: /was not asked/ },
    {
      name: 'no answer',
      facts: { ...new138, cri: { [socket]: { answered: false, reason: 'connection refused' } } },
      reason: 'connection refused',
    },
    {
      name: 'a wrapper',
      facts: { ...withFiles(wrapper), clusterState: joined('1.38.0'), cri: {} },
      reason: /by its name/,
    },
  ],
});
