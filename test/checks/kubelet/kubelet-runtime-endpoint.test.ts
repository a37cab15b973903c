import { kubeletRuntimeEndpoint } from '../../../src/checks/kubelet/kubelet-runtime-endpoint.ts';
import { testCheck } from '../../check-tester.ts';
import { aKubelet } from '../../kubelet.ts';
import { joined, skipped, withFiles, wrapper } from './facts.ts';

const crio = 'KUBELET_KUBEADM_ARGS="--container-runtime-endpoint=unix:///var/run/crio/crio.sock"\n';
const flagsEnv = '/var/lib/kubelet/kubeadm-flags.env';

testCheck(kubeletRuntimeEndpoint, {
  pass: [
    {
      name: 'as kubeadm spells it',
      facts: withFiles({}),
      observed:
        'unix:///var/run/containerd/containerd.sock (--container-runtime-endpoint in /var/lib/kubelet/kubeadm-flags.env:1)',
    },
    {
      name: 'by default',
      facts: withFiles({ [flagsEnv]: undefined }),
      observed: /the kubelet's default/,
    },
    { name: 'CRI-O as planned', facts: withFiles({ [flagsEnv]: crio }), desired: { runtime: { name: 'cri-o' } } },
  ],
  fail: [
    {
      name: 'another runtime',
      facts: withFiles({ [flagsEnv]: crio }),
      message: 'the kubelet talks to unix:///var/run/crio/crio.sock, the plan is containerd',
      observed: /^now: .*; after a restart: /,
      fixedByApply: true,
    },
    {
      name: 'another one after a restart only',
      facts: {
        clusterState: joined(),
        kubelet: aKubelet({ files: { [flagsEnv]: crio }, running: aKubelet().running }),
      },
      observed: /^after a restart: unix:\/\/\/var\/run\/crio/,
    },
  ],
  skip: skipped,
  unknown: [{ name: 'a wrapper', facts: withFiles(wrapper), reason: /by its name/ }],
});
