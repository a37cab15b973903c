import { known } from '../core/observed.ts';
import type { Fact } from './fact.ts';
import { decodeFiles } from './files.ts';
import { answerText, requireFile } from './read.ts';

export interface Kernel {
  /** `uname -r`, raw. */
  readonly release: string;
  /** `uname -m`. */
  readonly machine: string;
  readonly cmdline: string;
}

export const kernel: Fact<Kernel> = {
  items: {
    files: { kind: 'files', paths: ['/proc/sys/kernel/osrelease', '/proc/cmdline'] },
    machine: { kind: 'sh', script: 'uname -m' },
  },
  parse(answers, context) {
    const files = decodeFiles(answers.files);
    return known({
      release: requireFile(files, '/proc/sys/kernel/osrelease', context).trim(),
      machine: answerText(answers.machine).trim(),
      cmdline: requireFile(files, '/proc/cmdline', context).trim(),
    });
  },
};
