import { known } from '../core/observed.ts';
import type { Fact, HostFile } from './fact.ts';
import { decodeFiles, type FileRead, hostFile } from './files.ts';
import { needsRoot, readFile, refuseUnreadable, requireFile, words } from './read.ts';
import { unitDirectories } from './unit-command.ts';

export interface Swap {
  readonly active: readonly {
    readonly device: string;
    readonly type: string;
    readonly sizeKib: number;
    readonly usedKib: number;
  }[];
  /** Lines of /etc/fstab that turn swap on at boot (not comments, not noauto). */
  readonly fstab: readonly { readonly line: number; readonly text: string }[];
  readonly fstabFile: HostFile;
  /** Unit names of type swap that come from unit files (not generated from fstab), unmasked. */
  readonly units: readonly string[];
  /** zram generator configuration that would create swap at boot: path of the winning file; undefined = none or masked. */
  readonly zramConfig: string | undefined;
  /** The path below /etc/systemd that masks `zramConfig` (same name), as it is (type absent when missing): a plan guards it. */
  readonly zramFile?: HostFile;
  /** Of `units`: those whose file stands in /etc/systemd/system, where a mask would replace it. */
  readonly unitFiles?: readonly HostFile[];
}

/** systemd-gpt-auto-generator(8) makes units for swap partitions that no file names. */
const lateDirectory = '/run/systemd/generator.late';

/** zram-generator.conf(5): the first of these that exists is the configuration; drop-ins add to it. */
const zramDirectories = ['/etc/systemd', '/run/systemd', '/usr/local/lib/systemd', '/usr/lib/systemd'] as const;
const zramPrograms = [
  '/usr/lib/systemd/system-generators/zram-generator',
  '/lib/systemd/system-generators/zram-generator',
  '/usr/local/lib/systemd/system-generators/zram-generator',
] as const;

export const swap: Fact<Swap> = {
  items: {
    active: { kind: 'files', paths: ['/proc/swaps'] },
    fstab: { kind: 'files', paths: ['/etc/fstab'], stat: true },
    units: {
      kind: 'files',
      paths: [...unitDirectories, lateDirectory].flatMap(directory => [
        `${directory}/*.swap`,
        `${directory}/*.wants/*.swap`,
        `${directory}/*.requires/*.swap`,
      ]),
    },
    ownUnits: { kind: 'files', paths: [`${unitDirectories[0]}/*.swap`], stat: true },
    zram: {
      kind: 'files',
      paths: zramDirectories.flatMap(directory => [
        `${directory}/zram-generator.conf`,
        `${directory}/zram-generator.conf.d/*.conf`,
      ]),
    },
    ownZram: {
      kind: 'files',
      paths: ['zram-generator.conf', 'zram-generator.conf.d/*.conf'].map(name => `${zramDirectories[0]}/${name}`),
      stat: true,
    },
    generator: {
      kind: 'sh',
      script: `for f in ${zramPrograms.join(' ')}; do [ -x "$f" ] && echo yes && break; done\nreturn 0`,
    },
  },
  parse(answers, context) {
    const fstab = hostFile('/etc/fstab', decodeFiles(answers.fstab).get('/etc/fstab'));
    if (fstab.type === 'file' && fstab.text === undefined) throw needsRoot('/etc/fstab', context);
    const zram = decodeFiles(answers.zram);
    refuseUnreadable(zram, context);
    const hasGenerator = answers.generator?.bytes.includes('yes') ?? false;
    const swaps = decodeFiles(answers.active);
    const units = swapUnits(decodeFiles(answers.units));
    const ownUnits = decodeFiles(answers.ownUnits);
    const zramPath = hasGenerator ? zramConfig(zram, path => readFile(zram, path, context)) : undefined;
    const zramMask = zramPath?.replace(/^.*\/systemd\//, `${zramDirectories[0]}/`);
    return known({
      // A kernel without swap support has no such file.
      active: swaps.has('/proc/swaps') ? parseSwaps(requireFile(swaps, '/proc/swaps', context)) : [],
      fstab: parseFstabSwap(fstab.text ?? ''),
      fstabFile: fstab,
      units,
      unitFiles: units.flatMap(name => {
        const path = `${unitDirectories[0]}/${name}`;
        return ownUnits.has(path) ? [hostFile(path, ownUnits.get(path))] : [];
      }),
      zramConfig: zramPath,
      ...(zramMask === undefined ? {} : { zramFile: hostFile(zramMask, decodeFiles(answers.ownZram).get(zramMask)) }),
    });
  },
};

/** Header, then `DEVICE TYPE SIZE USED PRIORITY`. */
const parseSwaps = (text: string): Swap['active'] =>
  text
    .split('\n')
    .slice(1)
    .map(words)
    .flatMap(([device, type, size, used]) =>
      device === undefined || type === undefined
        ? []
        : [{ device, type, sizeKib: Number(size), usedKib: Number(used) }],
    );

/** fstab(5): device, mount point, type, options. */
export const parseFstabSwap = (text: string): Swap['fstab'] =>
  text.split('\n').flatMap((line, index) => {
    const [device = '#', , type, options = ''] = words(line);
    const isSwap = !device.startsWith('#') && type === 'swap' && !options.split(',').includes('noauto');
    return isSwap ? [{ line: index + 1, text: line }] : [];
  });

/** Units that something pulls in at boot (a link in `.wants` or `.requires`) or that the GPT generator made, unless masked. */
const swapUnits = (files: ReadonlyMap<string, FileRead>): readonly string[] => {
  const names = new Set<string>();
  const masked = new Set<string>();
  const seen = new Set<string>();
  for (const { path, state } of files.values()) {
    const name = path.slice(path.lastIndexOf('/') + 1);
    const pulledIn = /\.(wants|requires)\//.test(path);
    if (pulledIn || path.startsWith(`${lateDirectory}/`)) names.add(name);
    if (pulledIn || seen.has(name)) continue;
    seen.add(name);
    if (state === 'null') masked.add(name);
  }
  return [...names].filter(name => !masked.has(name)).sort();
};

/** A section `[zram0]` makes a device at boot unless its `zram-size` is 0; a link to /dev/null or an empty file masks. */
const zramConfig = (
  files: ReadonlyMap<string, FileRead>,
  textOf: (path: string) => string | undefined,
): string | undefined => {
  const main = zramDirectories.map(directory => `${directory}/zram-generator.conf`).find(path => files.has(path));
  const dropIns = [...files.keys()].filter(path => path.includes('.conf.d/')).sort();
  return [...(main === undefined ? [] : [main]), ...dropIns].find(path => createsZram(textOf(path) ?? ''));
};

const createsZram = (text: string): boolean =>
  /^\s*\[zram\d+\]/m.test(text) && !/^\s*zram-size\s*=\s*0\s*$/m.test(text);
