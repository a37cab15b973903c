import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editJson, type JsonEdit } from '../../src/json/edit.ts';
import { parseJson } from '../../src/json/parse.ts';

const driver: JsonEdit = { path: ['exec-opts'], value: ['native.cgroupdriver=systemd'] };

const textAfter = (text: string, ...edits: readonly JsonEdit[]): string => {
  const result = editJson(text, edits);
  return result.ok ? result.text : `problem: ${result.problem}`;
};

describe('editing JSON in place', () => {
  it.each([
    ['an empty file', '', '{\n    "exec-opts": ["native.cgroupdriver=systemd"]\n}\n'],
    ['an empty object', '{}', '{\n    "exec-opts": ["native.cgroupdriver=systemd"]\n}'],
    ['one line', '{"debug": true}', '{"debug": true, "exec-opts": ["native.cgroupdriver=systemd"]}'],
    [
      'two blanks',
      '{\n  "debug": true\n}\n',
      '{\n  "debug": true,\n  "exec-opts": ["native.cgroupdriver=systemd"]\n}\n',
    ],
    ['tabs', '{\n\t"debug": true\n}', '{\n\t"debug": true,\n\t"exec-opts": ["native.cgroupdriver=systemd"]\n}'],
    [
      'Windows line ends',
      '{\r\n  "debug": true\r\n}\r\n',
      '{\r\n  "debug": true,\r\n  "exec-opts": ["native.cgroupdriver=systemd"]\r\n}\r\n',
    ],
    ['a byte order mark', '\uFEFF{ "a": 1 }', '\uFEFF{ "a": 1, "exec-opts": ["native.cgroupdriver=systemd"] }'],
    [
      'the key, in the middle',
      '{\n  "exec-opts": [ "x=y" ],\n  "z": 1.50\n}',
      '{\n  "exec-opts": ["native.cgroupdriver=systemd"],\n  "z": 1.50\n}',
    ],
  ])('keeps the rest of %s', (_, before, after) => {
    expect(textAfter(before, driver)).toBe(after);
  });

  it('replaces one item, and appends one', () => {
    const text = '{\n  "exec-opts": [\n    "a=b",\n    "native.cgroupdriver=cgroupfs"\n  ]\n}\n';
    expect(textAfter(text, { path: ['exec-opts', 1], value: 'native.cgroupdriver=systemd' })).toBe(
      text.replace('cgroupfs', 'systemd'),
    );
    expect(textAfter(text, { path: ['exec-opts', 2], value: 'c=d' })).toBe(
      text.replace('cgroupfs"', 'cgroupfs",\n    "c=d"'),
    );
  });

  it('makes objects on the way', () => {
    expect(textAfter('{\n  "a": {}\n}', { path: ['proxies', 'http-proxy'], value: 'http://p' })).toBe(
      '{\n  "a": {},\n  "proxies": {\n      "http-proxy": "http://p"\n  }\n}',
    );
  });

  it('does not change a value of another kind', () => {
    expect(textAfter('{"a": 1}', { path: ['a', 'b'], value: 1 })).toMatch(/^problem: a\.b cannot be set/);
    expect(textAfter('[]', driver)).toMatch(/^problem:/);
  });

  it('keeps every other value, and its text, whatever the file holds', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue()),
        fc.constantFrom(0, 2, '\t'),
        fc.string(),
        (object, space, key) => {
          const text = JSON.stringify(object, null, space);
          const result = editJson(text, [{ path: [key], value: 'new' }]);
          expect(result).toMatchObject({ ok: true });
          if (!result.ok) return;
          const { [key]: _, ...rest } = JSON.parse(text) as Record<string, unknown>;
          const { [key]: set, ...kept } = JSON.parse(result.text) as Record<string, unknown>;
          expect(set).toBe('new');
          expect(kept).toEqual(rest);
        },
      ),
    );
  });
});

describe('reading JSON', () => {
  it.each([
    ['{\n  "a": 1,\n}', 3, 1, 'a key in double quotes is expected here, found "}"'],
    ['{\n  "a": 1\n  "b": 2\n}', 3, 3, '`,` or `}` is expected here, found "\\""'],
    ["{ 'a': 1 }", 1, 3, 'a key in double quotes is expected here, found "\'"'],
    ['{ // debug\n}', 1, 3, 'a key in double quotes is expected here, found "/"'],
    ['{ "a": tru }', 1, 8, 'a value is expected here, found "t"'],
    ['{ "a": 01 }', 1, 8, 'a value is expected here, found "0"'],
    ['{ "a": "b\n" }', 1, 8, 'this text does not end on its line, or has a wrong escape'],
    ['{ "a": 1', 1, 9, '`,` or `}` is expected here, found the end'],
    ['{} x', 1, 4, 'something follows the end of the value'],
    ['', 1, 1, 'a value is expected here, found the end'],
  ])('says where %j is wrong', (text, line, column, message) => {
    expect(parseJson(text)).toEqual({ ok: false, problem: { line, column, message } });
  });

  it('agrees with JSON.parse about any text', () => {
    const pieces = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '1',
      '-0',
      '1e5',
      'true',
      'null',
      ' ',
      '\n',
      '"\\u00e9"',
      "'",
      '.',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), list => {
        const text = list.join('');
        let isJson = true;
        try {
          JSON.parse(text);
        } catch {
          isJson = false;
        }
        expect(parseJson(text).ok).toBe(isJson);
      }),
      { numRuns: 500 },
    );
  });
});
