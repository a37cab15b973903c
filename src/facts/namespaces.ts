import { known } from '../core/observed.ts';
import type { Fact } from './fact.ts';
import { decodeFiles } from './files.ts';
import { answerText, CannotTell, linesOf, readFile, wholeNumber } from './read.ts';

export const namespaceKinds = ['cgroup', 'ipc', 'mnt', 'net', 'pid', 'time', 'user', 'uts'] as const;
export type NamespaceKind = (typeof namespaceKinds)[number];
export interface Namespaces {
  /** Kinds in /proc/self/ns. */
  readonly present: readonly NamespaceKind[];
  /** /proc/sys/user/max_*_namespaces; null = no such file. */
  readonly quotas: Readonly<Record<NamespaceKind, number | null>>;
}

const quotaPath = (kind: NamespaceKind): string => `/proc/sys/user/max_${kind}_namespaces`;

export const namespaces: Fact<Namespaces> = {
  items: {
    files: { kind: 'files', paths: namespaceKinds.map(quotaPath) },
    present: { kind: 'sh', script: `for f in /proc/self/ns/*; do echo "\${f##*/}"; done` },
  },
  parse(answers, context) {
    const files = decodeFiles(answers.files);
    const names = linesOf(answerText(answers.present));
    const present = namespaceKinds.filter(kind => names.includes(kind));
    if (present.length === 0) throw new CannotTell('/proc/self/ns is empty or not there');
    const quotas = namespaceKinds.map(kind => {
      const text = readFile(files, quotaPath(kind), context);
      return [kind, text === undefined ? null : wholeNumber(text, quotaPath(kind))] as const;
    });
    return known({ present, quotas: Object.fromEntries(quotas) as Namespaces['quotas'] });
  },
};
