import { expect, test } from 'vitest';
import { proxies, proxyAssignments } from '../../src/facts/proxies.ts';
import { aFile } from '../host-file.ts';
import { answer, asRoot, files, knownValue } from './answers.ts';

/** Of a trixie container node; `apt-config dump` with a file of ours, the rest synthetic. */
test('what runs, and what apt says', () => {
  const value = knownValue(
    proxies.parse(
      {
        files: files({
          '/etc/systemd/system/crio.service.d/a.conf': '[Service]\n',
          '/etc/dnf/dnf.conf': '[main]\n',
        }),
        running: answer('process 12\nno_proxy=a\nNO_PROXY=b\nHTTP_PROXY=http://p\nprocess 13\n'),
        apt: answer(
          'Acquire::http::Proxy "http://p:1";\nAcquire::http::Proxy::deb.example.com "DIRECT";\nAcquire::https::Proxy "";\n',
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
    dnfConf: { type: 'file', text: '[main]\n' },
    sysconfig: { type: 'absent' },
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
