import { describe, expect, it } from 'vitest';
import { bootDnfNode } from '../lab/index.ts';
import { packageMirrorByRpm } from './support/package-mirror-by-rpm.ts';

const dockerSources = '/etc/yum.repos.d/docker-ce.repo';
const keyFile = '/etc/pki/rpm-gpg/RPM-GPG-KEY-Rocky-9';
const dockerKey = '/etc/pki/rpm-gpg/docker';

/** As Rocky's package has them, abridged. */
const section = (id: string, directory: string, enabled: string): string => `[${id}]
name=Rocky Linux $releasever - ${directory}
mirrorlist=https://mirrors.rockylinux.org/mirrorlist?arch=$basearch&repo=${directory}-$releasever$rltype
#baseurl=http://dl.rockylinux.org/$contentdir/$releasever/${directory}/$basearch/os/
gpgcheck=1
enabled=${enabled}
countme=1
metadata_expire=6h
gpgkey=file://${keyFile}
`;
const rocky = `# rocky.repo
${section('baseos', 'BaseOS', '1')}
${section('appstream', 'AppStream', '1')}
${section('crb', 'CRB', '0')}`;
const moved = (mirror: string, directory: string): readonly [RegExp, string] => [
  new RegExp(`^(mirrorlist=.*repo=${directory}-.*\n)(#baseurl=.*\n)`, 'm'),
  `#$1$2baseurl=${mirror}/rockylinux/$$releasever/${directory}/$$basearch/os/\n`,
];

/** Debian's dnf and rpm, on a Debian root that calls itself Rocky Linux. */
describe('by dnf', () => {
  packageMirrorByRpm(
    {
      boot: bootDnfNode,
      sources: '/etc/yum.repos.d/rocky.repo',
      text: rocky,
      directories: ['rockylinux/9/AppStream/x86_64/os', 'rockylinux/9/BaseOS/x86_64/os'],
      keyFile,
      told: (mirror, directory) => `${mirror}/${directory}/`,
      moved: mirror => rocky.replace(...moved(mirror, 'BaseOS')).replace(...moved(mirror, 'AppStream')),
      repository: ({ fingerprint }) => ({ fingerprint }),
      kept: 'ls /var/cache/dnf 2>/dev/null | grep -v json || :',
    },
    mirrored => {
      it("has upstream's repository too, with its key", async () => {
        const { node, mirror, upstream, inventory, seen, applied, takenBack } = mirrored();
        const before = await seen();
        mirror.requests.length = 0;
        const file = inventory({ fingerprint: upstream.fingerprint });
        await applied(file);
        expect(await node.sh('cat /etc/yum.repos.d/nodeprep-docker.repo')).toContain(
          `baseurl=${mirror.url}/docker-ce/linux/centos/`,
        );
        expect(mirror.requests).toContain('/docker-ce/linux/centos/gpg');
        expect(mirror.requests.filter(path => /\/containerd\.io-[^/]*\.rpm$/.test(path))).not.toEqual([]);
        await takenBack(file, before);
      });

      it('moves a repository of docker.com that somebody set up, with the key that it has', async () => {
        const { node, mirror, upstream, inventory, seen, applied, takenBack } = mirrored();
        await node.sh(`cat >${dockerKey}`, { input: upstream.publicKey });
        await node.sh(`cat >${dockerSources}`, {
          input: `[docker-ce-stable]
name=Docker CE Stable - $basearch
baseurl=https://download.docker.com/linux/centos/$releasever/$basearch/stable
enabled=1
gpgcheck=1
gpgkey=file://${dockerKey}
`,
        });
        const before = await seen();
        const file = inventory();
        await applied(file);
        expect(await node.sh(`grep ^baseurl ${dockerSources}`)).toBe(
          `baseurl=${mirror.url}/docker-ce/linux/centos/$releasever/$basearch/stable`,
        );
        expect(await node.sh('ls /etc/yum.repos.d')).not.toContain('nodeprep');
        await takenBack(file, before);
        await node.sh(`rm ${dockerSources} ${dockerKey}`);
      });
    },
  );
});
