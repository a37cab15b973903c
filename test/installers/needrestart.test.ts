import { expect, test } from 'vitest';
import { known } from '../../src/core/observed.ts';
import { needrestart as fact, ownNeedrestartPath } from '../../src/facts/needrestart.ts';
import { needrestart } from '../../src/installers/needrestart.ts';
import { debian } from '../../src/os/debian.ts';
import { desiredNode } from '../desired.ts';
import { asRoot, files, knownValue } from '../facts/answers.ts';

const noPackages = { manager: 'apt', held: [], broken: [], listsUpdatedSeconds: 0 } as const;
const main = '/etc/needrestart/needrestart.conf';
const reads = 'foreach my $fn (sort </etc/needrestart/conf.d/*.conf>) { eval do { local(@ARGV, $/) = $fn; <>}; }\n';

const planFor = (
  found: Parameters<typeof files>[0],
  name: 'containerd' | 'cri-o' | 'docker' = 'containerd',
  installed: Readonly<Record<string, string>> = { needrestart: '3.6-4' },
) => {
  const facts = {
    needrestart: known(knownValue(fact.parse({ files: files(found) }, asRoot))),
    packages: known({ ...noPackages, installed }),
  };
  return needrestart.plan(facts, desiredNode({ runtime: { name } }), debian);
};
const texts = (...args: Parameters<typeof planFor>) =>
  planFor(...args).changes.map(change =>
    change.kind === 'file' && change.after.state === 'file' ? change.after.text : 'other',
  );

test.each<['containerd' | 'cri-o' | 'docker', readonly string[]]>([
  ['containerd', ['containerd']],
  ['cri-o', ['crio']],
  ['docker', ['docker', 'cri-docker', 'containerd']],
])('%s is left alone, and a second plan has nothing', (name, units) => {
  const [text = ''] = texts({ [main]: reads }, name);
  const lines = units.map(unit => `$nrconf{override_rc}{qr(^${unit}\\.service$)} = 0;`);
  expect(text.split('\n').filter(line => line.startsWith('$'))).toEqual(lines);
  expect(texts({ [main]: reads, [ownNeedrestartPath]: text }, name)).toEqual([]);
});

test('what is asked for stays, beside what is not', () => {
  const [text = ''] = texts({ [main]: `$nrconf{override_rc}{qr(^docker)} = 1;\n${reads}` }, 'docker');
  expect(text).not.toContain('docker\\.service$)} = 0;\n$nrconf{override_rc}{qr(^cri-docker');
  expect(text).toContain('^containerd');
});

test.each<[string, Parameters<typeof planFor>]>([
  ['no such package', [{ [main]: reads }, 'containerd', {}]],
  ['it lists only', [{ [main]: `$nrconf{restart} = 'l';\n${reads}` }]],
  ['the directory is not read, which the check tells', [{ [main]: '' }]],
])('nothing is done: %s', (_, args) => {
  expect(planFor(...args)).toMatchObject({ changes: [], refusals: [] });
});

test('what is no file is not replaced', () => {
  const { refusals } = planFor({ [main]: reads, [ownNeedrestartPath]: { state: 'directory' } });
  expect(refusals.map(({ message }) => message)).toEqual([
    expect.stringContaining(`${ownNeedrestartPath} is a directory`),
  ]);
});
