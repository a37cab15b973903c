import { expect, test } from 'vitest';
import { osFamilyOf } from '../../src/os/index.ts';

const release = (id: string, ...idLike: readonly string[]) => ({
  id,
  idLike,
  versionId: undefined,
  codename: undefined,
  prettyName: id,
});

test.each([
  ['debian', [], 'debian'],
  ['ubuntu', ['debian'], 'debian'],
  ['linuxmint', ['ubuntu', 'debian'], 'debian'],
  ['raspbian', ['debian'], 'debian'],
  ['arch', [], undefined],
])('%s (like %j) is %s', (id, idLike, expected) => {
  expect(osFamilyOf(release(id, ...idLike))?.id).toBe(expected);
});
