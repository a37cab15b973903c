import { describe, expect, test } from 'vitest';
import { packageNeeds } from '../../src/facts/package-needs.ts';
import { answer, asRoot, knownValue } from './answers.ts';

describe('packageNeeds', () => {
  // The lines of dpkg, as the script hands them on; synthetic.
  test('who would break without what, whatever its architecture is called', () => {
    const needs = answer(
      'need runc podman crun | runc\nneed containerd docker.io:amd64 containerd (>= 1.2.6-0ubuntu1~)\n',
    );
    expect(knownValue(packageNeeds.parse({ needs }, asRoot))).toEqual([
      { needed: 'runc', by: 'podman', depends: 'crun | runc' },
      { needed: 'containerd', by: 'docker.io', depends: 'containerd (>= 1.2.6-0ubuntu1~)' },
    ]);
  });

  test('no package, no need', () => {
    expect(knownValue(packageNeeds.parse({ needs: answer('') }, asRoot))).toEqual([]);
  });

  test('a dpkg that fails is unknown, never none', () => {
    expect(() => packageNeeds.parse({ needs: answer('', 1) }, asRoot)).toThrow(/did not say/);
  });
});
