import { describe } from 'vitest';
import { bootDnf5Node, bootDnfNode } from '../lab/index.ts';
import { type ProxySide, proxyByRpm } from './support/proxy-by-rpm.ts';

const path = '/etc/dnf/dnf.conf';
const dnf = {
  sources: '/etc/yum.repos.d',
  settings: {
    path,
    // As Rocky 9 and Fedora ship it.
    prepare: `printf '[main]\\ngpgcheck=1\\ninstallonly_limit=3\\nclean_requirements_on_remove=True\\nbest=True\\nskip_if_unavailable=False\\n' >${path}`,
    lines: url => ['[main]', `proxy=${url}`],
    foreign: ['proxy=http://192.0.2.9:3128', 'proxy of dnf'],
  },
  forget: 'dnf -q clean all >/dev/null',
  // What was read of repositories of others stays, as after any use of dnf.
  kept: 'find /var/cache/dnf /var/cache/libdnf5 -maxdepth 1 -name "nodeprep*" 2>/dev/null || :',
  refresh: 'dnf -q makecache',
  exempt: '[internal]\n# Set by nodeprep apply, from proxy in the inventory.\nproxy=_none_\n',
} as const satisfies Omit<ProxySide, 'boot'>;

/** Debian's dnf and rpm, on a Debian root that calls itself Rocky Linux. */
describe('containerd.io by dnf', () => {
  proxyByRpm({ ...dnf, boot: bootDnfNode });
});

/** Of Debian sid, on a root that calls itself Fedora. */
describe('containerd.io by dnf 5', () => {
  proxyByRpm({ ...dnf, boot: bootDnf5Node });
});
