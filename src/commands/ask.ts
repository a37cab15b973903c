import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import type { CommandContext } from './context.ts';

/** Asks on the terminal; what is typed is not shown. The question goes to stderr, standard output stays the result's. */
export const askHidden = (question: string, context: CommandContext): Promise<string> => {
  context.stderr(question);
  return readLine(context).then(answer => {
    context.stderr('\n');
    return answer;
  });
};

/** Yes only on `y` or `yes`; anything else, and the end of input, is no. */
export const confirm = async (question: string, context: CommandContext): Promise<boolean> => {
  context.stderr(`${question} [y/N] `);
  const answer = await readVisibleLine(context);
  return /^y(es)?$/i.test(answer.trim());
};

const silent = new Writable({ write: (_chunk, _encoding, done) => done() });

const readLine = (context: CommandContext): Promise<string> => lineFrom(silent, context);
const readVisibleLine = (context: CommandContext): Promise<string> => lineFrom(process.stderr, context);

const lineFrom = (output: NodeJS.WritableStream, context: CommandContext): Promise<string> =>
  new Promise((resolve, reject) => {
    const reader = createInterface({ input: process.stdin, output, terminal: true });
    let answer: string | undefined;
    const stop = () => reader.close();
    context.signal.addEventListener('abort', stop, { once: true });
    reader.once('line', line => {
      answer = line;
      reader.close();
    });
    reader.once('SIGINT', () => process.kill(process.pid, 'SIGINT'));
    reader.once('close', () => {
      context.signal.removeEventListener('abort', stop);
      if (context.signal.aborted) reject(context.signal.reason);
      else resolve(answer ?? '');
    });
  });
