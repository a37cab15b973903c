import { describe } from 'vitest';
import { bootZypperNode } from '../lab/index.ts';
import { proxyByRpm } from './support/proxy-by-rpm.ts';

const path = '/etc/sysconfig/proxy';

/** Debian's zypper, libzypp and rpm, on a Debian root that calls itself openSUSE Leap. */
describe('containerd.io by zypper', () => {
  proxyByRpm({
    boot: bootZypperNode,
    sources: '/etc/zypp/repos.d',
    settings: {
      path,
      // As SUSE ships it, abridged.
      prepare: `mkdir -p /etc/sysconfig && cat >${path} <<'EOF'
## Type:	yesno
PROXY_ENABLED="no"

# Example: HTTP_PROXY="http://proxy.provider.de:3128/"
HTTP_PROXY=""
HTTPS_PROXY=""
FTP_PROXY=""

NO_PROXY="localhost, 127.0.0.1"
EOF`,
      lines: url => [
        'PROXY_ENABLED="yes"',
        `HTTP_PROXY="${url}"`,
        `HTTPS_PROXY="${url}"`,
        'NO_PROXY="localhost, 127.0.0.1, .internal.example"',
      ],
      foreign: ['HTTP_PROXY=http://192.0.2.9:3128', 'HTTP_PROXY'],
    },
    forget: 'zypper --non-interactive clean --all >/dev/null',
    kept: 'find /var/cache/zypp -name "nodeprep*"; ls /etc/zypp',
    refresh: 'zypper --non-interactive refresh',
    exempt: '[internal]\nname=',
  });
});
