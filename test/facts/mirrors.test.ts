import { expect, test } from 'vitest';
import { mirrors } from '../../src/facts/mirrors.ts';
import { answer, asRoot, knownValue } from './answers.ts';

test('each mirror with its answer', () => {
  const said =
    'mirror 0 https://m HTTP 401\nmirror 7 http://a:9/v2/x curl: (7) Failed to connect to a port 9 \nmirror 124 http://b \n';
  expect(knownValue(mirrors.parse({ asked: answer(said) }, asRoot))).toEqual([
    { url: 'https://m', answered: true, said: 'HTTP 401' },
    { url: 'http://a:9/v2/x', answered: false, said: 'curl: (7) Failed to connect to a port 9' },
    { url: 'http://b', answered: false, said: 'exit code 124' },
  ]);
});

test('no mirror, and nobody to ask with', () => {
  expect(knownValue(mirrors.parse({ asked: answer('') }, asRoot))).toEqual([]);
  expect(() => mirrors.parse({ asked: answer('unaskable\n') }, asRoot)).toThrow(/no curl, wget or python3/);
});
