import { portsFree } from '../../../src/checks/network/ports-free.ts';
import { testCheck } from '../../check-tester.ts';

const clusterState = { joined: false, evidence: undefined, foreign: undefined, kubeletVersion: undefined };
const listening = (port: number, process: string | undefined, address = '0.0.0.0') => ({
  clusterState,
  ports: [
    { port: 22, address: '0.0.0.0', process: 'sshd' },
    { port, address, process },
  ],
});

testCheck(portsFree, {
  pass: [
    {
      name: 'only sshd',
      facts: { clusterState, ports: [{ port: 22, address: '::', process: 'sshd' }] },
      observed: /10250/,
    },
    { name: 'a kubelet that waits for kubeadm join', facts: listening(10250, 'kubelet', '::') },
    { name: "a control plane's port on a worker", facts: listening(6443, 'haproxy') },
    {
      name: 'a name that the kernel cut',
      facts: listening(10257, 'kube-controller-m'.slice(0, 15)),
      desired: { role: 'control-plane' },
    },
  ],
  fail: [
    {
      name: 'the port of the kubelet',
      facts: listening(10250, 'nginx'),
      observed: '10250 by nginx',
      fixedByApply: false,
    },
    {
      name: 'on loopback as well',
      facts: listening(10250, undefined, '127.0.0.1'),
      observed: '10250 by an unknown process',
    },
    { name: "kube-proxy's metrics", facts: listening(10249, 'nginx'), severity: 'warning' },
    ...[6443, 10257, 10259, 2379, 2380].map(port => ({
      name: `${port} of a control plane`,
      facts: listening(port, 'haproxy'),
      desired: { role: 'control-plane' as const },
      severity: 'error' as const,
    })),
  ],
  skip: [
    {
      name: 'a node',
      facts: { ...listening(10250, 'kubelet'), clusterState: { ...clusterState, joined: true } },
      reason: /a node already/,
    },
  ],
});
