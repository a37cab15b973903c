import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { disruptionOf, renderDisruptionTable } from '../../src/installers/disruption.ts';

test('docs/disruption.md holds the table of the code', () => {
  const page = readFileSync(new URL('../../docs/disruption.md', import.meta.url), 'utf8');
  expect(page).toContain(renderDisruptionTable());
});

test('a joined node is disturbed more by another cgroup driver', () => {
  expect(disruptionOf('containerd-cgroup-driver')).toBe('restart');
  expect(disruptionOf('containerd-cgroup-driver', true)).toBe('drain');
  expect(disruptionOf('containerd-settings', true)).toBe('restart');
});
