import { describe } from 'vitest';
import { bootZypperNode } from '../lab/index.ts';
import { faultsByRpm } from './support/faults-by-rpm.ts';

describe('what goes wrong with zypper', () => {
  faultsByRpm({
    boot: bootZypperNode,
    release: '15',
    forget: 'zypper -q clean --all',
    read: 'zypper -n -q refresh',
    upgradeAll: 'zypper -n update',
    install: 'zypper -n -q install',
    refusesRepository: /zypper does not accept the repository/,
    // As zypper, YaST and PackageKit say that they are at it.
    user: { name: 'sleep', begin: 'nohup sleep 25 >/dev/null 2>&1 & echo $! >/run/zypp.pid' },
    held: "sed -n 's/^solvable_name: //p' /etc/zypp/locks | sort",
    holds: [
      [
        'by a lock of zypper',
        'zypper -n addlock container-selinux',
        'zypper -n removelock container-selinux',
        /zypper would not install containerd\.io.*container-selinux.* is locked/s,
      ],
    ],
  });
});
