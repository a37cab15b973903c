import { known } from '../core/observed.ts';
import type { Fact } from './fact.ts';
import { decodeFiles } from './files.ts';
import { linesOf, requireFile } from './read.ts';

/** Names in /proc/filesystems. */
export type Filesystems = readonly string[];

export const filesystems: Fact<Filesystems> = {
  items: { files: { kind: 'files', paths: ['/proc/filesystems'] } },
  parse: (answers, context) =>
    known(linesOf(requireFile(decodeFiles(answers.files), '/proc/filesystems', context)).map(fileSystemName)),
};

/** `nodev<TAB>proc` or `<TAB>ext4`. */
const fileSystemName = (line: string): string => line.slice(line.lastIndexOf('\t') + 1).trim();
