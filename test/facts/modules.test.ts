import { expect, test } from 'vitest';
import { modules } from '../../src/facts/modules.ts';
import { answer, asRoot, asUser, files, knownValue } from './answers.ts';

const parse = (tree: string, loaded?: string) =>
  knownValue(
    modules.parse(
      { tree: answer(tree), files: files(loaded === undefined ? {} : { '/proc/modules': loaded }) },
      asRoot,
    ),
  );

test('tells loaded, built in and on disk apart', () => {
  const seen = parse(
    [
      'sys bridge',
      'sys nf_tables',
      'tree',
      '/lib/modules/6.12/modules.builtin:kernel/fs/overlayfs/overlay.ko',
      '/lib/modules/6.12/modules.dep:kernel/net/bridge/br_netfilter.ko.xz: kernel/net/bridge/bridge.ko.xz',
      '/lib/modules/6.12/modules.dep:kernel/net/netfilter/ipvs/ip_vs.ko.zst:',
    ].join('\n'),
    'bridge 409600 1 br_netfilter, Live 0x0\nbr-x 1 0 - Live 0x0\n',
  );
  expect(seen).toEqual({
    support: true,
    loaded: ['bridge', 'br-x'],
    builtin: ['overlay', 'nf_tables'],
    onDisk: ['br_netfilter', 'ip_vs'],
    treePresent: true,
  });
});

test('a kernel without module support has no /proc/modules', () => {
  expect(parse('sys overlay')).toEqual({
    support: false,
    loaded: [],
    builtin: ['overlay'],
    onDisk: [],
    treePresent: false,
  });
});

test('a module list that cannot be read is not an empty one', () => {
  const tree = answer('tree\nunreadable /lib/modules/6.12/modules.dep\n');
  expect(() => modules.parse({ tree, files: files({}) }, asUser)).toThrow(/needs root: .*modules\.dep/);
});
