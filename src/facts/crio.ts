import { known } from '../core/observed.ts';
import type { Fact } from './fact.ts';
import { answerText, linesOf } from './read.ts';

export interface Crio {
  /** Empty = not installed. */
  readonly binary: string;
  /** `1.36.3`; undefined when not installed, or not told. */
  readonly version: string | undefined;
}

export const crio: Fact<Crio> = {
  items: {
    binary: {
      kind: 'sh',
      script: `command -v crio || return 0
limit crio --version
return 0`,
    },
  },
  parse({ binary }) {
    const lines = linesOf(answerText(binary));
    return known({
      binary: lines[0]?.startsWith('/') ? lines[0] : '',
      version: /^(?:crio version |Version:\s+)v?(\d+\.\d+\.\d+\S*)/m.exec(lines.join('\n'))?.[1],
    });
  },
};
