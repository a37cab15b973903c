import { known } from '../core/observed.ts';
import type { Fact, FactContext } from './fact.ts';
import { decodeFiles, type FileRead } from './files.ts';
import { answerText, linesOf, needsRoot, readFile } from './read.ts';

export interface Modules {
  /** False: the kernel has no module support (no /proc/modules). */
  readonly support: boolean;
  readonly loaded: readonly string[];
  /** Of the names that checks ask for: built in (modules.builtin or /sys/module/NAME without being loaded). */
  readonly builtin: readonly string[];
  /** Of the names that checks ask for: the module file is on disk for the running kernel. */
  readonly onDisk: readonly string[];
  /** Whether /lib/modules/RELEASE exists for the running kernel. */
  readonly treePresent: boolean;
}

/** What checks and installers ask for. */
export const moduleNames = [
  'overlay',
  'br_netfilter',
  'bridge',
  'veth',
  'nf_conntrack',
  'nf_tables',
  'nft_compat',
  'ip_tables',
  'ip6_tables',
  'ip_vs',
  'ip_vs_rr',
  'ip_vs_wrr',
  'ip_vs_sh',
  'vxlan',
  'zram',
  'configs',
] as const;

/** The kernel takes `-` and `_` in a module's name for the same. */
export const moduleName = (name: string): string => name.replaceAll('-', '_');

const expression = `/(${moduleNames.join('|').replaceAll('_', '[-_]')})\\.ko(\\.[a-z0-9]+)?(:|$)`;

export const modules: Fact<Modules> = {
  items: {
    files: { kind: 'files', paths: ['/proc/modules'] },
    // One grep over depmod's two lists; /sys/module has a directory for what is loaded and for most of what is built in.
    tree: {
      kind: 'sh',
      script: `for n in ${moduleNames.join(' ')}; do [ -d "/sys/module/$n" ] && echo "sys $n"; done
d=/lib/modules/$release
[ -d "$d" ] || return 0
echo tree
[ -r "$d/modules.dep" ] || echo "unreadable $d/modules.dep"
grep -sE '${expression}' "$d/modules.builtin" "$d/modules.dep"
return 0`,
    },
  },
  parse(answers, context) {
    const files = decodeFiles(answers.files);
    const lines = linesOf(answerText(answers.tree));
    const unreadable = lines.find(line => line.startsWith('unreadable '));
    if (unreadable !== undefined) throw needsRoot(unreadable.slice('unreadable '.length), context);
    const loaded = loadedModules(files, context);
    const inSys = lines.flatMap(line => (line.startsWith('sys ') ? [line.slice('sys '.length)] : []));
    const listed = (list: string): readonly string[] => lines.flatMap(line => namesIn(line, list));
    const builtin = new Set([...listed('modules.builtin'), ...inSys.filter(name => !(loaded ?? []).includes(name))]);
    return known({
      support: loaded !== undefined,
      loaded: loaded ?? [],
      builtin: [...builtin],
      onDisk: [...new Set(listed('modules.dep'))],
      treePresent: lines.includes('tree'),
    });
  },
};

const loadedModules = (files: ReadonlyMap<string, FileRead>, context: FactContext): readonly string[] | undefined => {
  const text = readFile(files, '/proc/modules', context);
  return text === undefined ? undefined : linesOf(text).map(line => line.slice(0, line.indexOf(' ')));
};

const namesIn = (line: string, list: string): readonly string[] => {
  const name = line.includes(`/${list}:`) ? /\/([^/]+)\.ko(?:\.[a-z0-9]+)?(?::|$)/.exec(line)?.[1] : undefined;
  return name === undefined ? [] : [moduleName(name)];
};
