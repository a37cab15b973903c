import { describe, expect, test } from 'vitest';
import type { DesiredRuntime } from '../../src/core/desired.ts';
import { companionPackages } from '../../src/installers/wanted-packages.ts';
import { debian } from '../../src/os/debian.ts';
import { rhel } from '../../src/os/rhel.ts';
import { desiredNode } from '../desired.ts';

const crio = { name: 'cri-o', source: 'upstream', version: '1.36' } as const;
const rows: readonly (readonly [string, Partial<DesiredRuntime>, boolean, readonly string[]])[] = [
  ['containerd needs nothing to load an image', {}, true, []],
  ['CRI-O does', crio, true, ['skopeo']],
  ['but only for an image', crio, false, []],
  ['handlers have packages', { handlers: ['runc', 'crun'] }, false, ['runc', 'crun']],
  ['but those that CRI-O brings', { ...crio, handlers: ['crun', 'runsc'] }, false, ['runsc']],
];

describe('packages that come besides', () => {
  test.each(rows)('%s', (_, runtime, isHandedImage, expected) => {
    const names = companionPackages(desiredNode({ runtime }), debian, isHandedImage).map(({ name }) => name);
    expect(names).toEqual(expected);
  });

  test('where SELinux may be enforcing, its policy', () => {
    expect(companionPackages(desiredNode(), rhel, true)).toEqual([{ name: 'container-selinux', range: null }]);
  });
});
