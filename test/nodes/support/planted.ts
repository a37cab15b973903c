import type { LabNode } from '../../lab/index.ts';
import { configPath, putConfig } from './containerd-files.ts';

/** Secrets as operators leave them on hosts. None of them may leave the host. */
export const planted = {
  registryPassword: 'Rg7-registry-password',
  registryAuth: Buffer.from('robot:Rg7-encoded-auth').toString('base64'),
  identityToken: 'Rg7-identity-token',
  headerToken: 'Hd3-bearer-token',
  unitProxy: 'Px5-unit-proxy',
  environmentProxy: 'Px5-environment-proxy',
  aptProxy: 'Px5-apt-proxy',
  aptAuth: 'Ap1-repository-password',
  mountPassword: 'Mt9-share-password',
  unitWords: 'Uw2-said-by-a-unit',
} as const;

const registry = 'plugins."io.containerd.grpc.v1.cri".registry.configs."registry.example.com".auth';

/** Right beside what nodeprep edits, so that a diff has them in its context. */
const config = `version = 2
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[${registry}]
  username = "robot"
  password = "${planted.registryPassword}"
  auth = "${planted.registryAuth}"
  identitytoken = "${planted.identityToken}"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
    SystemdCgroup = false
[plugins."io.containerd.grpc.v1.cri".registry]
  config_path = "/etc/containerd/certs.d"
`;

const files: Readonly<Record<string, string>> = {
  '/etc/containerd/certs.d/registry.example.com/hosts.toml': `server = "https://registry.example.com"
[host."https://mirror.example.com"]
  capabilities = ["pull"]
  [host."https://mirror.example.com".header]
    Authorization = "Bearer ${planted.headerToken}"
`,
  '/etc/systemd/system/containerd.service.d/http-proxy.conf': `[Service]
Environment="HTTPS_PROXY=http://robot:${planted.unitProxy}@proxy.example.com:3128"
`,
  '/etc/apt/apt.conf.d/99proxy': `Acquire::ftp::Proxy "http://robot:${planted.aptProxy}@proxy.example.com:3128";\n`,
  '/etc/apt/auth.conf.d/lab.conf': `machine repository.example.com login robot password ${planted.aptAuth}\n`,
};

export const plantSecrets = async (node: LabNode): Promise<void> => {
  for (const [path, text] of Object.entries(files)) {
    await node.sh(`mkdir -p "$(dirname ${path})" && cat >${path}`, { input: text });
  }
  await node.sh(
    `echo 'https_proxy=http://robot:${planted.environmentProxy}@proxy.example.com:3128' >>/etc/environment`,
  );
  await node.sh(
    `echo '//nas.example.com/share /mnt cifs noauto,username=robot,password=${planted.mountPassword} 0 0' >>/etc/fstab`,
  );
  await putConfig(node, config);
  await node.sh('systemctl daemon-reload && systemctl restart containerd');
};

/** A unit that talks about a secret when it fails, as a daemon does that cannot reach its proxy. */
export const talkativeDropIn = `[Service]
ExecStartPre=/bin/sh -c 'if grep -q "SystemdCgroup = true" ${configPath}; then echo "lab: cannot reach http://robot:${planted.unitWords}@proxy.example.com:3128" >&2; exit 9; fi'
`;

/** Which of the secrets a text gives away. */
export const givenAway = (text: string, secrets: Readonly<Record<string, string>>): readonly string[] =>
  Object.entries(secrets)
    .filter(([, secret]) => text.includes(secret))
    .map(([name]) => name);
