import { type RpmManager, rpmKeyDirectory, rpmSourceDirectories } from '../../../src/facts/rpm-sources.ts';
import type { LabNode } from '../../lab/index.ts';
import type { UpstreamRepository } from '../../lab/upstream/index.ts';

/** What an administrator does to have the packages of a repository, by hand. */
export const trustUpstream = async (node: LabNode, upstream: UpstreamRepository): Promise<void> => {
  await node.sh('cat >/etc/apt/keyrings/lab.asc', { input: upstream.publicKey });
  await node.sh(`echo 'deb [signed-by=/etc/apt/keyrings/lab.asc] ${upstream.flatUrl} /' >/etc/apt/sources.list.d/lab.list
    apt-get update -qq`);
};

/** The same where rpm is. */
export const trustRpmUpstream = async (
  node: LabNode,
  upstream: UpstreamRepository,
  manager: RpmManager,
): Promise<void> => {
  await node.sh(
    `mkdir -p ${rpmKeyDirectory} && cat >${rpmKeyDirectory}/lab.asc && rpm --import ${rpmKeyDirectory}/lab.asc`,
    {
      input: upstream.publicKey,
    },
  );
  await node.sh(`cat >${rpmSourceDirectories[manager]}/lab.repo`, {
    input: `[lab]\nname=lab\nbaseurl=${upstream.flatUrl}\ngpgcheck=1\nrepo_gpgcheck=0\ngpgkey=file://${rpmKeyDirectory}/lab.asc\n`,
  });
};
