import { createInterface } from 'node:readline';
import type { CommandContext } from './context.ts';

/** Yes only on `y` or `yes`; anything else, and the end of input, is no. Standard output stays the result's. */
export const confirm = async (question: string, context: CommandContext): Promise<boolean> => {
  const answer = await readLine(`${question} [y/N] `, context);
  return /^y(es)?$/i.test(answer.trim());
};

const readLine = (question: string, context: CommandContext): Promise<string> =>
  new Promise((resolve, reject) => {
    context.signal.throwIfAborted();
    const reader = createInterface({ input: process.stdin, output: process.stderr, terminal: true });
    let answer = '';
    const stop = () => reader.close();
    context.signal.addEventListener('abort', stop, { once: true });
    reader.question(question, line => {
      answer = line;
      reader.close();
    });
    reader.once('SIGINT', () => process.kill(process.pid, 'SIGINT'));
    reader.once('close', () => {
      context.signal.removeEventListener('abort', stop);
      if (context.signal.aborted) reject(context.signal.reason);
      else resolve(answer);
    });
  });
