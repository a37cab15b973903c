import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { LabError } from '../run.ts';

type Answer = { return?: unknown; error?: { desc: string }; event?: string; QMP?: unknown };

/** QEMU's control socket: one command at a time, each with its answer. */
export interface Qmp {
  command(name: string, args?: object): Promise<unknown>;
  close(): void;
}

export async function openQmp(path: string): Promise<Qmp> {
  const socket = connect(path);
  const lines = createInterface({ input: socket, crlfDelay: Number.POSITIVE_INFINITY });
  const answers: Answer[] = [];
  let waiting: ((answer: Answer) => void) | undefined;
  lines.on('line', line => {
    const answer = JSON.parse(line) as Answer;
    if (answer.event !== undefined) return;
    if (waiting === undefined) answers.push(answer);
    else waiting(answer);
    waiting = undefined;
  });
  const next = (): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const ready = answers.shift();
      if (ready !== undefined) return resolve(ready);
      waiting = resolve;
      socket.once('error', reject);
      socket.once('close', () => reject(new LabError('QEMU closed its control socket')));
    });
  const command = async (name: string, args?: object): Promise<unknown> => {
    socket.write(`${JSON.stringify({ execute: name, ...(args && { arguments: args }) })}\n`);
    const answer = await next();
    if (answer.error !== undefined) throw new LabError(`QEMU ${name}: ${answer.error.desc}`);
    return answer.return;
  };
  await next();
  await command('qmp_capabilities');
  return { command, close: () => socket.destroy() };
}
