import { describe, expect, test } from 'vitest';
import { parseFstabSwap, swap } from '../../src/facts/swap.ts';
import { answer, asRoot, asUser, files, knownValue, masking, unreadable } from './answers.ts';

type Found = Parameters<typeof files>[0];
const answers = (found: {
  readonly swaps?: string;
  fstab?: Found;
  units?: Found;
  zram?: Found;
  generator?: string;
}) => ({
  active: files(found.swaps === undefined ? {} : { '/proc/swaps': found.swaps }),
  fstab: files(found.fstab ?? {}),
  units: files(found.units ?? {}),
  ownUnits: files({}),
  ownZram: files({}),
  zram: files(found.zram ?? {}),
  generator: answer(found.generator ?? ''),
});
const parse = (found: Parameters<typeof answers>[0]) => knownValue(swap.parse(answers(found), asRoot));

describe('swap', () => {
  test('what is on now', () => {
    const swaps = 'Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n/dev/zram0 partition\t1048572\t\t12\t\t100\n';
    expect(parse({ swaps }).active).toEqual([
      { device: '/dev/zram0', type: 'partition', sizeKib: 1_048_572, usedKib: 12 },
    ]);
  });

  test('no /proc/swaps: the kernel has no swap', () => {
    expect(parse({}).active).toEqual([]);
  });

  test('fstab: lines that switch swap on at boot', () => {
    const text =
      '# /dev/a none swap sw 0 0\n/dev/b none swap sw 0 0\n/dev/c none swap noauto,sw\n\tUUID=x\tnone\tswap\tdefaults\n/s /s ext4\n';
    expect(parseFstabSwap(text)).toEqual([
      { line: 2, text: '/dev/b none swap sw 0 0' },
      { line: 4, text: '\tUUID=x\tnone\tswap\tdefaults' },
    ]);
  });

  test('the fstab is kept whole, for edits and their guard', () => {
    expect(parse({ fstab: { '/etc/fstab': '/dev/b none swap sw' } }).fstabFile).toMatchObject({
      type: 'file',
      mode: '0644',
      text: '/dev/b none swap sw',
    });
    expect(() => swap.parse(answers({ fstab: { '/etc/fstab': unreadable } }), asUser)).toThrow(
      /needs root: \/etc\/fstab/,
    );
  });

  test('units count when something pulls them in and nothing masks them', () => {
    const units = {
      '/etc/systemd/system/a.swap': '[Swap]\n',
      '/etc/systemd/system/swap.target.wants/a.swap': '[Swap]\n',
      '/etc/systemd/system/idle.swap': '[Swap]\n',
      '/etc/systemd/system/gone.swap': masking,
      '/usr/lib/systemd/system/gone.swap': '[Swap]\n',
      '/usr/lib/systemd/system/swap.target.wants/gone.swap': '[Swap]\n',
      '/run/systemd/generator.late/dev-gpt.swap': '[Swap]\n',
    };
    expect(parse({ units }).units).toEqual(['a.swap', 'dev-gpt.swap']);
  });

  test.each<[string, Found, string, string | undefined]>([
    [
      'a section makes swap',
      { '/etc/systemd/zram-generator.conf': '[zram0]\nzram-size = ram / 2\n' },
      'yes',
      '/etc/systemd/zram-generator.conf',
    ],
    [
      'the shipped one counts too',
      { '/usr/lib/systemd/zram-generator.conf': '[zram0]\n' },
      'yes',
      '/usr/lib/systemd/zram-generator.conf',
    ],
    ['without the generator nothing happens', { '/etc/systemd/zram-generator.conf': '[zram0]\n' }, '', undefined],
    [
      'an empty file masks',
      { '/etc/systemd/zram-generator.conf': '', '/usr/lib/systemd/zram-generator.conf': '[zram0]\n' },
      'yes',
      undefined,
    ],
    [
      'a link to /dev/null masks',
      { '/etc/systemd/zram-generator.conf': masking, '/usr/lib/systemd/zram-generator.conf': '[zram0]\n' },
      'yes',
      undefined,
    ],
    ['size 0 makes none', { '/etc/systemd/zram-generator.conf': '[zram0]\nzram-size=0\n' }, 'yes', undefined],
  ])('zram: %s', (_, zram, generator, expected) => {
    expect(parse({ zram, generator }).zramConfig).toBe(expected);
  });
});
