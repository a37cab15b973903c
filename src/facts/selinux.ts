import { known } from '../core/observed.ts';
import type { Fact } from './fact.ts';
import { decodeFiles } from './files.ts';

export interface Selinux {
  readonly mode: 'enforcing' | 'permissive' | 'off';
}

/** selinux(8); the file is there while a policy is loaded. */
const enforcePath = '/sys/fs/selinux/enforce';

export const selinux: Fact<Selinux> = {
  items: { enforce: { kind: 'files', paths: [enforcePath] } },
  parse({ enforce }) {
    const text = decodeFiles(enforce).get(enforcePath)?.text;
    return known({ mode: text === undefined ? 'off' : text.trim() === '1' ? 'enforcing' : 'permissive' });
  },
};
