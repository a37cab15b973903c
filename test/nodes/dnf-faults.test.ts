import { describe } from 'vitest';
import { bootDnfNode } from '../lab/index.ts';
import { faultsByRpm } from './support/faults-by-rpm.ts';

const locked = '/etc/dnf/plugins/versionlock';

describe('what goes wrong with dnf', () => {
  faultsByRpm({
    boot: bootDnfNode,
    release: '9',
    forget: 'dnf -q clean all >/dev/null',
    read: 'dnf -q makecache',
    upgradeAll: 'dnf -q -y --refresh upgrade',
    install: 'dnf -q -y install',
    refusesRepository: /dnf does not accept the repository.*404/s,
    user: {
      name: 'python3',
      begin: `nohup python3 -c 'import fcntl,time
f=open("/var/lib/rpm/.rpm.lock","w"); fcntl.lockf(f,fcntl.LOCK_EX); time.sleep(25)' >/dev/null 2>&1 & sleep 1`,
    },
    held: "sed -n 's/^excludepkgs=//p' /etc/dnf/dnf.conf | tr ' ' '\\n' | sort",
    holds: [
      [
        'by exclude= of dnf.conf',
        'echo "exclude=container-selinux" >>/etc/dnf/dnf.conf',
        'sed -i /^exclude=container-selinux/d /etc/dnf/dnf.conf',
        /needs another version of container-selinux than 2:2\.235\.0-1\.el9, which is held by excludepkgs in \/etc\/dnf\/dnf\.conf/,
      ],
      [
        'by versionlock',
        `mkdir -p /etc/dnf/plugins; printf '[main]\\nenabled = 1\\nlocklist = ${locked}.list\\n' >${locked}.conf
        echo 'container-selinux-2:2.235.0-1.el9.*' >${locked}.list`,
        `rm ${locked}.conf ${locked}.list`,
        /which is held by \/etc\/dnf\/plugins\/versionlock\.list; to allow it, take container-selinux out there/,
      ],
    ],
  });
});
