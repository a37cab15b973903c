import { expect, test } from 'vitest';
import { proxies, proxyAssignments } from '../../src/facts/proxies.ts';
import { aFile } from '../host-file.ts';
import { answer, asRoot, files, knownValue } from './answers.ts';

/** Of a trixie container node; `apt-config dump` with a file of ours, the rest synthetic. */
test('what runs, what apt says, and what the cluster needs', () => {
  const value = knownValue(
    proxies.parse(
      {
        files: files({
          '/etc/systemd/system/crio.service.d/a.conf': '[Service]\n',
          '/var/lib/kubelet/config.yaml': 'kind: KubeletConfiguration\nclusterDNS:\n- 10.96.0.10\nclusterDomain: x\n',
          '/etc/kubernetes/manifests/kube-apiserver.yaml': '    - --service-cluster-ip-range=10.96.0.0/12,fd01::/108\n',
        }),
        running: answer('process 12\nno_proxy=a\nNO_PROXY=b\nHTTP_PROXY=http://p\nprocess 13\n'),
        apt: answer(
          'Acquire::http::Proxy "http://p:1";\nAcquire::http::Proxy::deb.example.com "DIRECT";\nAcquire::https::Proxy "";\n',
        ),
        addresses: answer(
          '2: host0    inet 10.213.0.9/24 brd 10.213.0.255 scope global host0\\       valid_lft forever\n2: host0    inet6 fd00::9/64 scope global \\  valid\n4: cni0    inet 10.88.0.1/24 scope global cni0\n',
        ),
      },
      asRoot,
    ),
  );
  expect(value).toMatchObject({
    dropIns: [{ path: '/etc/systemd/system/crio.service.d/a.conf' }],
    processes: [
      { pid: 12, variables: { HTTP_PROXY: 'http://p', NO_PROXY: 'b' } },
      { pid: 13, variables: {} },
    ],
    apt: { http: 'http://p:1', 'http::deb.example.com': 'DIRECT' },
    aptFile: { type: 'absent' },
    addresses: ['10.213.0.9', 'fd00::9'],
    cluster: [
      { address: '10.96.0.10', what: 'cluster DNS' },
      { address: '10.96.0.0/12', what: 'services' },
      { address: 'fd01::/108', what: 'services' },
    ],
  });
});

test('assignments of a drop-in, as systemd takes them apart', () => {
  const text = `[Unit]\nEnvironment=HTTP_PROXY=no\n[Service]\nEnvironment="HTTP_PROXY=http://a%%40b" 'NO_PROXY=x, y' PATH=/bin \\\n  HTTPS_PROXY=c\n`;
  expect(proxyAssignments(aFile('/x.conf', text)).map(({ key, value, line }) => [key, value, line])).toEqual([
    ['HTTP_PROXY', 'http://a%40b', 4],
    ['NO_PROXY', 'x, y', 4],
    ['HTTPS_PROXY', 'c', 4],
  ]);
});
