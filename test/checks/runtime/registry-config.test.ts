import { registryConfig } from '../../../src/checks/runtime/registry-config.ts';
import { testCheck } from '../../check-tester.ts';
import { aFile } from '../../host-file.ts';
import {
  absentContainerd,
  answers,
  containerdFact,
  daemonStart,
  recorded,
  recordedCri,
  recordedDump,
} from './facts.ts';

const conflict = recordedDump('trixie-registry-conflict');
const answering = { ...recorded('trixie-registry-conflict'), cri: answers(recordedCri('trixie')) };
const tls = recordedDump('trixie-nvidia').replace(
  /^(\s*\[plugins\."io\.containerd\.grpc\.v1\.cri"\.registry\.configs\])$/m,
  '$1\n[plugins."io.containerd.grpc.v1.cri".registry.configs."r.example.com".tls]\nca_file = "/ca"',
);

testCheck(registryConfig, {
  pass: [
    { name: 'nothing set', facts: recorded('trixie'), observed: 'no config_path' },
    { name: 'config_path alone', facts: recorded('trixie-nvidia'), observed: 'config_path = /etc/containerd/certs.d' },
    {
      name: 'mirrors alone',
      facts: recorded('trixie', {
        dump: conflict.replace('config_path = "/etc/containerd/certs.d"', 'config_path = ""'),
      }),
    },
    { name: 'both, but the plugin has loaded with this very file', facts: answering, observed: /has loaded with it/ },
  ],
  fail: [
    {
      name: 'both, and CRI is dead',
      facts: recorded('trixie-registry-conflict'),
      message: /^the CRI plugin does not load/,
      observed: 'config_path = /etc/containerd/certs.d, with mirrors of docker.io',
      fixedByApply: false,
    },
    {
      name: 'both, where the inventory names registries',
      facts: recorded('trixie-registry-conflict'),
      desired: {
        runtime: { registries: [{ name: 'q', mirrors: ['https://m'], ca: undefined, skipVerify: undefined }] },
      },
      message: /^the CRI plugin does not load/,
      fixedByApply: true,
    },
    {
      name: 'tls of a registry',
      facts: { ...recorded('trixie-registry-conflict'), containerd: containerdFact({ dump: tls }) },
      observed: /with tls of r\.example\.com$/,
    },
    {
      name: 'both, in a file that the daemon has not read',
      facts: {
        ...answering,
        containerd: containerdFact({
          dump: conflict,
          config: aFile('/etc/containerd/config.toml', '', daemonStart + 1),
        }),
      },
      message: /^CRI stops with the next restart/,
    },
  ],
  skip: [{ name: 'none', facts: { containerd: absentContainerd, cri: {}, services: {} }, reason: /not installed/ }],
  unknown: [
    {
      name: 'no dump',
      facts: recorded('trixie', { dump: undefined, dumpError: 'x' }),
      reason: /see containerd-config/,
    },
  ],
});
