import { describe, expect, test } from 'vitest';
import { editYaml, type YamlEdit } from '../../src/yaml/edit.ts';
import { parseYaml } from '../../src/yaml/parse.ts';

const set = (path: string, value: YamlEdit['value']): YamlEdit => ({ path: path.split('.'), value });
const edited = (text: string, ...edits: readonly YamlEdit[]): string => {
  const result = editYaml(text, edits);
  if (!result.ok) throw new Error(result.problem);
  return result.text;
};
const problem = (text: string, ...edits: readonly YamlEdit[]): string => {
  const result = editYaml(text, edits);
  return result.ok ? `no problem: ${result.text}` : result.problem;
};

const driver = set('cgroupDriver', 'systemd');

describe('a value that is there is replaced, the rest stays byte for byte', () => {
  test.each([
    ['plain', 'a: 1\ncgroupDriver: cgroupfs # ours\nz: 2\n', 'a: 1\ncgroupDriver: systemd # ours\nz: 2\n'],
    ['double quotes stay', 'cgroupDriver: "cgroupfs"\n', 'cgroupDriver: "systemd"\n'],
    ['single quotes stay', "cgroupDriver: 'cgroupfs'\n", "cgroupDriver: 'systemd'\n"],
    ['quoted key', '"cgroupDriver": cgroupfs\n', '"cgroupDriver": systemd\n'],
    ['no value', 'cgroupDriver:\nz: 1\n', 'cgroupDriver: systemd\nz: 1\n'],
    ['no value but a comment', 'cgroupDriver: # which?\nz: 1\n', 'cgroupDriver: systemd # which?\nz: 1\n'],
    ['CRLF', 'a: 1\r\ncgroupDriver: cgroupfs\r\n', 'a: 1\r\ncgroupDriver: systemd\r\n'],
    ['no line end', 'cgroupDriver: cgroupfs', 'cgroupDriver: systemd'],
    ['byte order mark', '\uFEFFcgroupDriver: cgroupfs\n', '\uFEFFcgroupDriver: systemd\n'],
    ['tab as blank', 'cgroupDriver:\tcgroupfs\t# x\n', 'cgroupDriver:\tsystemd\t# x\n'],
    ['flow', '{a: 1, cgroupDriver: cgroupfs, b: [1, 2]}\n', '{a: 1, cgroupDriver: systemd, b: [1, 2]}\n'],
    ['JSON', '{"cgroupDriver": "cgroupfs", "a": 1}', '{"cgroupDriver": "systemd", "a": 1}'],
    ['document marks', '---\ncgroupDriver: cgroupfs\n...\n', '---\ncgroupDriver: systemd\n...\n'],
    ['alias', 'x: &d cgroupfs\ncgroupDriver: *d\n', 'x: &d cgroupfs\ncgroupDriver: systemd\n'],
    ['explicit key', '? cgroupDriver\n: cgroupfs\n', '? cgroupDriver\n: systemd\n'],
    ['of another type', 'cgroupDriver: 7\n', 'cgroupDriver: systemd\n'],
  ])('%s', (_, before, after) => expect(edited(before, driver)).toBe(after));

  test('booleans and numbers', () => {
    expect(edited('failSwapOn: "true"\nmaxPods: 1\n', set('failSwapOn', false), set('maxPods', 50))).toBe(
      'failSwapOn: false\nmaxPods: 50\n',
    );
  });

  test('what is there already is no edit', () => {
    const text = '# x\r\ncgroupDriver:   systemd\n';
    expect(edited(text, driver)).toBe(text);
  });
});

describe('a key that is missing is added', () => {
  test.each([
    ['in order', 'a: 1\n# of z\nz: 2\n', 'a: 1\ncgroupDriver: systemd\n# of z\nz: 2\n'],
    ['first', 'z: 2\n', 'z: 2\ncgroupDriver: systemd\n'],
    [
      'after a mapping',
      'authentication:\n  x: 1\n\nz: 1\n',
      'authentication:\n  x: 1\ncgroupDriver: systemd\n\nz: 1\n',
    ],
    ['after a list', 'a:\n- x\n- y\nz: 1\n', 'a:\n- x\n- y\ncgroupDriver: systemd\nz: 1\n'],
    ['after a block of text', 'a: |\n  x\n  y\nz: 1\n', 'a: |\n  x\n  y\ncgroupDriver: systemd\nz: 1\n'],
    ['after brackets over lines', 'a: [1,\n  2\n  ]\nz: 1\n', 'a: [1,\n  2\n  ]\nz: 1\ncgroupDriver: systemd\n'],
    ['no line end', 'a: 1', 'a: 1\ncgroupDriver: systemd\n'],
    ['CRLF', 'a: 1\r\n', 'a: 1\r\ncgroupDriver: systemd\r\n'],
    ['before the end mark', 'a: 1\n...\n', 'a: 1\ncgroupDriver: systemd\n...\n'],
    ['indented root', '  a: 1\n  z: 2\n', '  a: 1\n  cgroupDriver: systemd\n  z: 2\n'],
    ['flow', '{a: 1}\n', '{cgroupDriver: systemd, a: 1}\n'],
    ['JSON over lines', '{\n  "a": 1\n}\n', '{cgroupDriver: systemd, \n  "a": 1\n}\n'],
    ['empty flow', '{}\n', '{cgroupDriver: systemd}\n'],
    ['nothing', '', 'cgroupDriver: systemd\n'],
    ['comments only', '# mine\n', '# mine\ncgroupDriver: systemd\n'],
  ])('%s', (_, before, after) => expect(edited(before, driver)).toBe(after));

  const swap = set('memorySwap.swapBehavior', 'NoSwap');
  test.each([
    ['with its parent', 'a: 1\n', 'a: 1\nmemorySwap:\n  swapBehavior: NoSwap\n'],
    ['in its parent', 'memorySwap:\n    x: 1\nz: 1\n', 'memorySwap:\n    x: 1\n    swapBehavior: NoSwap\nz: 1\n'],
    ['in empty brackets', 'memorySwap: {}\n', 'memorySwap: {swapBehavior: NoSwap}\n'],
    ['in a parent without value', 'memorySwap:\nz: 1\n', 'memorySwap:\n  swapBehavior: NoSwap\nz: 1\n'],
    ['in a parent with a comment', 'memorySwap: # x\n', 'memorySwap: # x\n  swapBehavior: NoSwap\n'],
    ['in a parent that is null', 'memorySwap: ~ # x\n', 'memorySwap: {swapBehavior: NoSwap} # x\n'],
    ['in a flow root', '{a: 1}', '{memorySwap: {swapBehavior: NoSwap}, a: 1}'],
    ['in an empty parent of a flow root', '{memorySwap: , a: 1}', '{memorySwap: {swapBehavior: NoSwap} , a: 1}'],
  ])('nested: %s', (_, before, after) => expect(edited(before, swap)).toBe(after));
});

test('a text that YAML 1.1 takes for something else is quoted', () => {
  for (const word of ['yes', 'off', 'null', '1.30', 'a: b', 'a #b', '', '~', '- x', 'unix:']) {
    const result = parseYaml(edited('', set('word', word)));
    expect(result.ok && result.document.value).toEqual({ word });
    expect(edited('', set('word', word))).toContain('"');
  }
  expect(edited('', set('endpoint', 'unix:///run/containerd/containerd.sock'))).toBe(
    'endpoint: unix:///run/containerd/containerd.sock\n',
  );
});

describe('refused', () => {
  test.each([
    ['several documents', 'a: 1\n---\nb: 2\n', /single document/],
    ['a key twice', 'a: 1\ncgroupDriver: x\ncgroupDriver: y\n', /line 3: duplicated mapping key/],
    ['tabs as indent', 'a:\n\tb: 1\n', /tab characters/],
    ['a list', '- a\n', /not a mapping/],
    ['no YAML', 'a: [1\n', /./],
    ['an unknown tag', 'a: !secret x\n', /tag/],
    ['a mapping in its place', 'cgroupDriver: {a: 1}\n', /cannot be set/],
    ['a list in its place', 'cgroupDriver:\n- a\n', /cannot be set/],
    ['a block of text in its place', 'cgroupDriver: |\n  cgroupfs\n', /cannot be changed in place/],
    ['a merged mapping', 'x: &x {a: 1}\n<<: *x\n', /cannot be set/],
  ])('%s', (_, text, message) => expect(problem(text, driver)).toMatch(message));

  test('a value where a mapping should be', () => {
    expect(problem('memorySwap: 5\n', set('memorySwap.swapBehavior', 'NoSwap'))).toMatch(/cannot be set/);
  });
});
