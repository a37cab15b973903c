import { criSocketPaths } from '../core/cri-endpoint.ts';
import { known } from '../core/observed.ts';
import type { Fact } from './fact.ts';
import { answerText, linesOf } from './read.ts';

/** Sockets of runtimes that exist, whoever listens there: where CRI is asked. */
export type CriSockets = readonly string[];

export const criSockets: Fact<CriSockets> = {
  items: {
    paths: {
      kind: 'sh',
      script: `for s in ${criSocketPaths.join(' ')}; do [ -S "$s" ] && printf '%s\\n' "$s"; done
return 0`,
    },
  },
  parse({ paths }) {
    const found = linesOf(answerText(paths));
    return known(criSocketPaths.filter(path => found.includes(path)));
  },
};
