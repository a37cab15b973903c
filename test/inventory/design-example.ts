/** The example of the design (section 4), with keys that later versions use: it must stay valid. */
export const designExample = `kubernetes:
  version: "1.34"                 # a string; 1.30 as a number is refused, with the quoted form shown
defaults:
  ssh: { user: ops, port: 22, identityFile: ~/.ssh/id_ed25519, hostKeys: strict, knownHosts: ~/.ssh/known_hosts }
  sudo: { password: { env: NODEPREP_SUDO_PASSWORD } }
  runtime:
    name: containerd              # containerd | cri-o | docker | mirantis
    source: distribution          # distribution | upstream | archive
    version: "2.1"
    cgroupDriver: systemd
    sandboxImage: registry.k8s.io/pause:3.10.1
    registryMirrors: { registry.k8s.io: [https://mirror.example.com] }
  swap: off                       # off | keep | kubelet (as the target kubelet treats it)
  verify: { sandbox: auto }
groups:
  edge: { runtime: { name: cri-o } }
hosts:
  cp-1:     { address: 10.0.0.11, role: control-plane }
  worker-1: { address: 10.0.0.21 }                       # role defaults to worker
  worker-2: { address: 10.0.0.22, groups: [edge] }
  here:     { connection: local }
cluster: { kubeconfig: ~/.kube/config }                  # or  { via: [cp-1, cp-2] }: kubectl on a host that is not being changed
rollout: { maxUnavailable: 1, settleTimeout: 10m, drain: { timeout: 10m, accept: [] } }   # accept: bare-pods, empty-dir, local-volumes
waivers:                          # hosts: names or groups; left out = all hosts
  - { check: cgroup-controllers, hosts: [edge], owner: ops@example.com, reason: test machines, expires: "2027-01-31" }
`;
