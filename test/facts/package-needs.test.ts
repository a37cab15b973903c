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

  // The lines of rpm -e --test; synthetic.
  test('the same of rpm', () => {
    const needs = answer(
      'rpm runc podman-4:4.9.4-1.el9.x86_64 (crun or runc)\nrpm containerd.io docker-ce-3:28.5.2-1.el9.x86_64 containerd.io >= 1.7.27\n',
    );
    expect(knownValue(packageNeeds.parse({ needs }, asRoot))).toEqual([
      { needed: 'runc', by: 'podman', depends: 'crun | runc' },
      { needed: 'containerd.io', by: 'docker-ce', depends: 'containerd.io (>= 1.7.27)' },
    ]);
  });

  test('no package, no need', () => {
    expect(knownValue(packageNeeds.parse({ needs: answer('') }, asRoot))).toEqual([]);
  });

  test('a dpkg that fails is unknown, never none', () => {
    expect(() => packageNeeds.parse({ needs: answer('', 1) }, asRoot)).toThrow(/did not say/);
  });
});
