import { cniPlugins } from '../../../src/checks/runtime/cni-plugins.ts';
import type { CniPlugins } from '../../../src/facts/cni-plugins.ts';
import { aFile } from '../../host-file.ts';
import { absentContainerd, absentDocker, containerdFact, testRuntimeCheck } from './facts.ts';

const bridged = { path: '/etc/cni/net.d/10-lab.conflist', plugins: ['bridge', 'host-local'] };
const cniFact = (installed: CniPlugins['installed'], network: CniPlugins['network'] = bridged): CniPlugins => ({
  installed,
  network,
});
const both = ['bridge', 'host-local', 'loopback'];

/** Debian's package, which looks in /usr/lib/cni. */
const debian = (installed: CniPlugins['installed'], network?: CniPlugins['network']) => ({
  containerd: containerdFact(),
  cniPlugins: cniFact(installed, network),
});
const docker = (flags: string, installed: CniPlugins['installed']) => {
  const unit = '/usr/lib/systemd/system/cri-docker.service';
  const text = `[Service]\nExecStart=/usr/bin/cri-dockerd --container-runtime-endpoint fd://${flags}\n`;
  return {
    docker: {
      ...absentDocker,
      engine: '/usr/sbin/dockerd',
      criDockerd: '/usr/bin/cri-dockerd',
      unitFiles: [aFile(unit, text)],
    },
    cniPlugins: cniFact(installed),
  };
};

testRuntimeCheck(cniPlugins, {
  pass: [
    { name: 'containerd', facts: debian({ '/usr/lib/cni': both }), observed: 'bridge, host-local in /usr/lib/cni' },
    {
      name: 'cri-dockerd, by default',
      facts: docker('', { '/opt/cni/bin': both }),
      desired: { runtime: { name: 'docker' } },
      observed: 'bridge, host-local in /opt/cni/bin',
    },
    {
      name: 'cri-dockerd, by its flag',
      facts: docker(' --cni-bin-dir=/opt/cni/bin,/usr/lib/cni/', { '/usr/lib/cni': both }),
      desired: { runtime: { name: 'docker' } },
    },
  ],
  fail: [
    {
      name: 'in another directory',
      facts: debian({ '/opt/cni/bin': both }),
      message:
        '/etc/cni/net.d/10-lab.conflist asks for bridge, host-local, and containerd looks for CNI plugins in /usr/lib/cni, where they are not',
      observed: 'in /opt/cni/bin',
      remedy: /^runtime\.cni\.binDir: \/opt\/cni\/bin in the inventory/,
      severity: 'warning',
      fixedByApply: false,
    },
    {
      name: 'one of them nowhere',
      facts: debian({ '/usr/lib/cni': ['bridge'], '/opt/cni/bin': ['bridge'] }),
      message: /asks for host-local, .* where it is not$/,
      observed: 'not on this host: host-local',
      remedy: /archives\.cniPlugins/,
    },
    {
      name: 'cri-dockerd',
      facts: docker('', { '/usr/lib/cni': both }),
      desired: { runtime: { name: 'docker' } },
      message: /Docker Engine with cri-dockerd looks for CNI plugins in \/opt\/cni\/bin/,
    },
  ],
  skip: [
    { name: 'no runtime', facts: { containerd: absentContainerd, cniPlugins: cniFact({}) }, reason: /not installed/ },
    {
      name: 'no network yet',
      facts: { containerd: containerdFact(), cniPlugins: { installed: {}, network: undefined } },
      reason: /no network is configured/,
    },
  ],
  unknown: [
    {
      name: 'a network that is no JSON',
      facts: debian({}, { path: '/etc/cni/net.d/1.conf', plugins: undefined }),
      reason: /1\.conf is not JSON/,
    },
  ],
});
