import { known } from '../core/observed.ts';
import type { Fact } from './fact.ts';
import { answerText, linesOf } from './read.ts';

/** Docker Engine, and cri-dockerd, through which a kubelet speaks to it. */
export interface Docker {
  /** Program of the engine; empty = not installed. */
  readonly engine: string;
  /** `28.5.2`; undefined when not installed, or not told. */
  readonly engineVersion: string | undefined;
  /** Program of cri-dockerd; empty = not installed. */
  readonly criDockerd: string;
  readonly criDockerdVersion: string | undefined;
}

export const docker: Fact<Docker> = {
  items: {
    engine: {
      kind: 'sh',
      script: `command -v dockerd || return 0
limit dockerd --version
return 0`,
    },
    bridge: {
      kind: 'sh',
      script: `command -v cri-dockerd || return 0
limit cri-dockerd --version 2>&1
return 0`,
    },
  },
  parse({ engine, bridge }) {
    const dockerd = linesOf(answerText(engine));
    const criDockerd = linesOf(answerText(bridge));
    return known({
      engine: pathIn(dockerd),
      engineVersion: /^Docker version v?(\d+\.\d+\.\d+)/m.exec(dockerd.join('\n'))?.[1],
      criDockerd: pathIn(criDockerd),
      criDockerdVersion: /^cri-dockerd v?(\d+\.\d+\.\d+)/m.exec(criDockerd.join('\n'))?.[1],
    });
  },
};

const pathIn = ([first]: readonly string[]): string => (first?.startsWith('/') ? first : '');
