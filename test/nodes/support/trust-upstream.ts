import type { LabNode } from '../../lab/index.ts';
import type { UpstreamRepository } from '../../lab/upstream/index.ts';

/** What an administrator does to have the packages of a repository, by hand. */
export const trustUpstream = async (node: LabNode, upstream: UpstreamRepository): Promise<void> => {
  await node.sh('cat >/etc/apt/keyrings/lab.asc', { input: upstream.publicKey });
  await node.sh(`echo 'deb [signed-by=/etc/apt/keyrings/lab.asc] ${upstream.flatUrl} /' >/etc/apt/sources.list.d/lab.list
    apt-get update -qq`);
};

/** The same where dnf is. */
export const trustRpmUpstream = async (node: LabNode, upstream: UpstreamRepository): Promise<void> => {
  await node.sh('cat >/etc/pki/rpm-gpg/lab.asc && rpm --import /etc/pki/rpm-gpg/lab.asc', {
    input: upstream.publicKey,
  });
  await node.sh('cat >/etc/yum.repos.d/lab.repo', {
    input: `[lab]\nname=lab\nbaseurl=${upstream.flatUrl}\ngpgcheck=1\ngpgkey=file:///etc/pki/rpm-gpg/lab.asc\n`,
  });
};
