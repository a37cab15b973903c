import { expect, test } from 'vitest';
import { containerd } from '../../../src/installers/containerd/installer.ts';
import { debian } from '../../../src/os/debian.ts';
import { desiredNode } from '../../desired.ts';
import { aFile } from '../../host-file.ts';
import { bareFacts, noContainerd, observed } from '../../plan/facts.ts';

const path = '/etc/containerd/config.toml';

// Found out after the package has come, it would be taken back for nothing.
test.each([
  ['config.toml', { config: aFile(path, 'version = 2\n[grpc]\n  address = /run/x.sock\n') }, `${path}:3:13: `],
  ['an imported file', { imports: [aFile('/etc/containerd/site.toml', '[debug\n')] }, '/etc/containerd/site.toml:'],
])('%s that nobody can read is refused before containerd is there', (_, files, said) => {
  const facts = observed({ ...bareFacts, containerd: { ...noContainerd, ...files } });
  const { changes, refusals } = containerd.plan(facts, desiredNode(), debian);
  expect(changes).toEqual([]);
  expect(refusals).toMatchObject([{ message: expect.stringContaining(said) }]);
});
