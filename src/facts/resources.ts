import { known } from '../core/observed.ts';
import type { Fact } from './fact.ts';
import { decodeFiles } from './files.ts';
import { requireFile, wholeNumber } from './read.ts';

export interface Resources {
  readonly cpus: number;
  readonly memTotalKib: number;
  readonly memAvailableKib: number;
}

/** CPUs that a process may use, as kubeadm counts them (the affinity of the reading process, not what is plugged in). */
export const resources: Fact<Resources> = {
  items: { files: { kind: 'files', paths: ['/proc/meminfo', '/proc/self/status'] } },
  parse(answers, context) {
    const files = decodeFiles(answers.files);
    const memory = requireFile(files, '/proc/meminfo', context);
    const status = requireFile(files, '/proc/self/status', context);
    const kib = (name: string): number =>
      wholeNumber(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(memory)?.[1], `${name} of /proc/meminfo`);
    return known({
      cpus: countCpus(/^Cpus_allowed_list:\s+(\S+)$/m.exec(status)?.[1] ?? ''),
      memTotalKib: kib('MemTotal'),
      memAvailableKib: kib('MemAvailable'),
    });
  },
};

/** `0-3,8,10-11` */
export const countCpus = (list: string): number =>
  list.split(',').reduce((sum, range) => {
    const [first, last] = range.split('-');
    return sum + wholeNumber(last ?? first, 'CPU list') - wholeNumber(first, 'CPU list') + 1;
  }, 0);
