import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { NodeprepError } from '../core/errors.ts';

export interface Terminal {
  readonly input: NodeJS.ReadableStream;
  readonly write: (text: string) => void;
}

/** Asks without echo, one question at a time: hosts that connect in parallel may need different secrets. */
export const createPrompt = (terminal: Terminal): ((question: string) => Promise<string>) => {
  let last: Promise<unknown> = Promise.resolve();
  return question => {
    const answer = last.then(() => askHidden(terminal, question));
    last = answer.catch(() => undefined);
    return answer;
  };
};

const askHidden = ({ input, write }: Terminal, question: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
    const lines = createInterface({ input, output: silent, terminal: true, historySize: 0 });
    const finish = (settle: () => void) => {
      write('\n');
      settle();
      lines.close();
    };
    write(question);
    lines.once('line', line => finish(() => resolve(line)));
    lines.once('SIGINT', () => finish(() => reject(new NodeprepError('interrupted', 'interrupted'))));
    lines.once('close', () => reject(new NodeprepError('interrupted', 'the question was not answered')));
  });
