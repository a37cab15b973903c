import type { CommandWord } from './kubelet-command.ts';

export interface KubeletFlag {
  /** Without dashes: `cgroup-driver`. */
  readonly name: string;
  readonly value: string;
  /** Where it is written; empty for what only the process shows. */
  readonly place: string;
}

/** Flags that take no word after them. Of the others, one that does start with dashes is not their value. */
const switches = new Set(['fail-swap-on', 'fail-cgroupv1', 'cgroups-per-qos', 'register-node', 'help', 'version']);

/** Flags of a command line in order; `_` counts as `-`, as it does for the kubelet. */
export const kubeletFlags = (words: readonly CommandWord[]): readonly KubeletFlag[] =>
  words.flatMap(({ text, place }, index) => {
    const [, written, , value] = /^--([A-Za-z][\w-]*)(=(.*))?$/s.exec(text) ?? [];
    if (written === undefined || index === 0) return [];
    const name = written.replaceAll('_', '-');
    if (value !== undefined) return [{ name, value, place }];
    const following = words[index + 1]?.text;
    const hasValue = !switches.has(name) && following !== undefined && !following.startsWith('--');
    return [{ name, value: hasValue ? following : 'true', place }];
  });

/** The last one wins. */
export const flagOf = (flags: readonly KubeletFlag[], name: string): KubeletFlag | undefined =>
  flags.findLast(flag => flag.name === name);
