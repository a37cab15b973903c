import { containerdConfigLoaded } from '../../../src/checks/runtime/containerd-config-loaded.ts';
import { testCheck } from '../../check-tester.ts';
import { aFile } from '../../host-file.ts';
import { absentContainerd, containerdFact, containerdService, daemonStart, stopped } from './facts.ts';

const written = (mtimeSeconds: number) => ({
  containerd: containerdFact({ config: aFile('/etc/containerd/config.toml', '', mtimeSeconds) }),
  services: containerdService(),
});

testCheck(containerdConfigLoaded, {
  pass: [
    { name: 'older', facts: written(daemonStart - 1) },
    { name: 'the same second', facts: written(daemonStart) },
    {
      name: 'no file',
      facts: { ...written(0), containerd: containerdFact({ config: aFile('/etc/containerd/config.toml', undefined) }) },
    },
  ],
  fail: [
    { name: 'newer', facts: written(daemonStart + 1), severity: 'info', observed: '/etc/containerd/config.toml' },
    {
      name: 'a newer import',
      facts: {
        ...written(0),
        containerd: containerdFact({ imports: [aFile('/etc/containerd/conf.d/a.toml', '', daemonStart + 1)] }),
      },
      observed: '/etc/containerd/conf.d/a.toml',
    },
  ],
  skip: [
    { name: 'none', facts: { containerd: absentContainerd, services: {} }, reason: /not installed/ },
    { name: 'stopped', facts: { containerd: containerdFact(), services: stopped }, reason: /does not run/ },
  ],
});
