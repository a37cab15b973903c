import { expect, test } from 'vitest';
import { known } from '../../src/core/observed.ts';
import { crictlConfig } from '../../src/facts/crictl-config.ts';
import { crictl } from '../../src/installers/crictl.ts';
import { debian } from '../../src/os/debian.ts';
import { desiredNode } from '../desired.ts';
import { asRoot, files, knownValue } from '../facts/answers.ts';

const path = '/etc/crictl.yaml';
const socket = 'unix:///var/run/containerd/containerd.sock';

const planFor = (text: string | undefined, program: string | null = '/usr/bin/crictl') => {
  const answers = { file: files(text === undefined ? {} : { [path]: text }) };
  const facts = {
    crictlConfig: known(knownValue(crictlConfig.parse(answers, asRoot))),
    tools: known({ crictl: program }),
  };
  const { changes } = crictl.plan(facts, desiredNode(), debian);
  return changes.map(change => (change.kind === 'file' && change.after.state === 'file' ? change.after.text : 'other'));
};

test.each<[string, string | undefined, string]>([
  [
    'no file',
    undefined,
    `# Written by nodeprep; the next \`nodeprep apply\` overwrites changes made here.\nruntime-endpoint: ${socket}\nimage-endpoint: ${socket}\n`,
  ],
  [
    "somebody else's: keys and comments stay",
    'runtime-endpoint: unix:///run/crio/crio.sock # old\ntimeout: 2\n# slow\ndebug: false\n',
    `runtime-endpoint: ${socket} # old\ntimeout: 2\n# slow\ndebug: false\n`,
  ],
  [
    'both endpoints',
    'image-endpoint: "/run/x.sock"\nruntime-endpoint: ""\n',
    `image-endpoint: "${socket}"\nruntime-endpoint: "${socket}"\n`,
  ],
  ['a file that names none', 'timeout: 2\n', `timeout: 2\nruntime-endpoint: ${socket}\n`],
])('%s', (_, before, after) => {
  expect(planFor(before)).toEqual([after]);
  expect(planFor(after)).toEqual([]);
});

test.each([
  ['the same socket in other words', 'runtime-endpoint: /run/containerd/containerd.sock\n'],
  ['no YAML, which the check tells', 'a: [\n'],
])('nothing is done: %s', (_, text) => {
  expect(planFor(text)).toEqual([]);
});

test('of a host without crictl nothing is touched', () => {
  expect(planFor(undefined, null)).toEqual([]);
});
