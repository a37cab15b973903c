import { describe, expect, test } from 'vitest';
import type { Swap } from '../../src/facts/swap.ts';
import { swap } from '../../src/installers/swap.ts';
import { debian } from '../../src/os/debian.ts';
import { desiredNode } from '../desired.ts';
import { aFile } from '../host-file.ts';
import { bareFacts, observed, type PlanFacts } from '../plan/facts.ts';

const plan = (observedSwap: Partial<Swap>, facts: Partial<PlanFacts> = {}) =>
  swap.plan(observed({ ...facts, swap: { ...bareFacts.swap, ...observedSwap } }), desiredNode(), debian);

const area = (usedKib: number) => ({ device: '/dev/sda2', type: 'partition', sizeKib: 9_000_000, usedKib });
const fstab = (text: string, ...lines: readonly number[]): Partial<Swap> => ({
  fstab: lines.map(line => ({ line, text: '' })),
  fstabFile: { ...aFile('/etc/fstab', text), mode: '0640', gid: 6 },
});

describe('swap off', () => {
  test('nothing to do', () => {
    expect(plan({})).toMatchObject({ changes: [], refusals: [] });
  });

  test('now, where memory has room for what is in use', () => {
    expect(plan({ active: [area(100)] }).changes).toMatchObject([
      { id: 'swap:/dev/sda2', usedKib: 100, reversible: true },
    ]);
    const { memAvailableKib } = bareFacts.resources;
    expect(plan({ active: [area(memAvailableKib - 1)] }).refusals).toEqual([]);
    expect(plan({ active: [area(memAvailableKib)] })).toMatchObject({
      changes: [],
      refusals: [{ code: 'plan-refused', message: expect.stringContaining('only 3000000 KiB') }],
    });
  });

  test('the line in fstab is commented with our mark, every other byte stays', () => {
    const text = '# fstab\r\nUUID=1 / ext4 defaults 0 1\n  /dev/sda2\tnone swap sw 0 0\r\n/swap none swap sw';
    const [change] = plan(fstab(text, 3, 4)).changes;
    expect(change).toMatchObject({
      id: 'file:/etc/fstab',
      before: { state: 'file', mode: '0640', gid: 6 },
      after: {
        text: '# fstab\r\nUUID=1 / ext4 defaults 0 1\n# nodeprep:   /dev/sda2\tnone swap sw 0 0\r\n# nodeprep: /swap none swap sw',
        mode: '0640',
        gid: 6,
      },
      summary: '2 swap lines commented out',
    });
  });

  test('units and zram are masked by a link, a file of the user in its place is guarded', () => {
    const { changes } = plan({
      units: ['dev-sda3.swap', 'swapfile.swap'],
      unitFiles: [aFile('/etc/systemd/system/swapfile.swap', '[Swap]\n')],
      zramConfig: '/usr/lib/systemd/zram-generator.conf',
      zramFile: aFile('/etc/systemd/zram-generator.conf', undefined),
    });
    const after = { state: 'symlink', target: '/dev/null' };
    expect(changes).toMatchObject([
      { path: '/etc/systemd/system/dev-sda3.swap', before: { state: 'absent' }, after },
      { path: '/etc/systemd/system/swapfile.swap', before: { state: 'file' }, after },
      { path: '/etc/systemd/zram-generator.conf', before: { state: 'absent' }, after },
    ]);
  });

  test('fstab that is a link is not ours to edit', () => {
    const file = { ...aFile('/etc/fstab', 'x'), type: 'symlink' as const, linkTarget: '/x' };
    expect(plan({ fstab: [{ line: 1, text: '' }], fstabFile: file }).refusals).toMatchObject([
      { message: expect.stringContaining('symlink') },
    ]);
  });

  test('never inside a container', () => {
    const container = { kind: 'lxc', readOnlySysctls: true };
    expect(plan({ active: [area(1)], units: ['a.swap'] }, { container })).toMatchObject({ changes: [], refusals: [] });
  });
});

test.each([
  ['off', true],
  ['keep', false],
  ['kubelet', false],
] as const)('swap: %s in the inventory: %s', (wish, applies) => {
  expect(swap.appliesTo(desiredNode({ swap: wish }))).toBe(applies);
});
