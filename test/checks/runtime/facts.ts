import type { Containerd } from '../../../src/facts/containerd.ts';
import { aFile } from '../../host-file.ts';

/** Debian 13's containerd with its packaged configuration; rows change what they are about. */
export const containerdFact = (overrides: Partial<Containerd> = {}): Containerd => ({
  binary: '/usr/bin/containerd',
  version: '1.7.24',
  config: aFile('/etc/containerd/config.toml', 'version = 2\n'),
  imports: [],
  dump: 'version = 2\n',
  dumpError: undefined,
  socket: true,
  cniBinDirs: ['/usr/lib/cni'],
  ...overrides,
});

export const absentContainerd: Containerd = containerdFact({
  binary: '',
  version: undefined,
  config: aFile('/etc/containerd/config.toml', undefined),
  dump: undefined,
  socket: false,
});
