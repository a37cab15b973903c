import { kubeletRemovedFlags } from '../../../src/checks/kubelet/kubelet-removed-flags.ts';
import { testCheck } from '../../check-tester.ts';
import { aKubelet } from '../../kubelet.ts';
import { extraArgs, joined, skipped, withFiles, wrapper } from './facts.ts';

testCheck(kubeletRemovedFlags, {
  pass: [
    { name: '1.34 with what kubeadm wrote', facts: withFiles({}), observed: 'kubelet 1.34.3 knows its flags' },
    {
      name: '1.35 without it',
      facts: {
        clusterState: joined('1.35.0'),
        kubelet: aKubelet({ files: { '/var/lib/kubelet/kubeadm-flags.env': 'KUBELET_KUBEADM_ARGS=""\n' } }),
      },
    },
  ],
  fail: [
    {
      name: '1.35 with what an older kubeadm wrote',
      facts: { ...withFiles({}), clusterState: joined('1.35.0') },
      message: 'the kubelet does not start any more: --pod-infra-container-image is gone since Kubernetes 1.35',
      observed: '--pod-infra-container-image in /var/lib/kubelet/kubeadm-flags.env:1',
      fixedByApply: true,
    },
    {
      name: '1.34 that is to be 1.35',
      facts: withFiles({}),
      desired: { kubernetesVersion: '1.35' },
      message: /the kubelet of 1\.35 will not start/,
      severity: 'warning',
      fixedByApply: true,
    },
    {
      name: 'a flag of dockershim',
      facts: withFiles(extraArgs('--container-runtime=remote')),
      observed: '--container-runtime in /etc/default/kubelet:1',
      remedy: /remove --container-runtime there/,
      fixedByApply: false,
    },
    {
      name: 'in a unit',
      facts: {
        ...withFiles({
          '/etc/systemd/system/kubelet.service.d/20.conf':
            '[Service]\nEnvironment=KUBELET_EXTRA_ARGS=--pod-infra-container-image=x\n',
          '/var/lib/kubelet/kubeadm-flags.env': undefined,
        }),
        clusterState: joined('1.35.0'),
      },
      fixedByApply: false,
    },
  ],
  skip: skipped,
  unknown: [{ name: 'a wrapper', facts: withFiles(wrapper), reason: /by its name/ }],
});
