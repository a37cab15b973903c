import { NodeprepError } from '../core/errors.ts';
import { escapeLine } from '../core/escape.ts';
import type { DataToPurge } from '../plan/purge.ts';
import type { RecoverOptions } from './recover.ts';
import { openHostSession } from './session.ts';
import { plainAnswer } from './start.ts';

/** What became of a directory: `kept` says why it was not touched, `left` what of others lies in it still. */
export interface PurgedData {
  readonly path: string;
  readonly kept?: string;
  readonly left?: string;
}

/** Under the host's lock; the host looks for itself what still runs from these, or is mounted in them. */
export const purgeData = async (
  { open, programs, identity, settle }: Pick<RecoverOptions, 'open' | 'programs' | 'identity' | 'settle'>,
  data: readonly Pick<DataToPurge, 'owner' | 'path'>[],
): Promise<readonly PurgedData[]> => {
  const session = await openHostSession(await open(), programs.purge(identity, data));
  const purged: PurgedData[] = [];
  let isComplete = false;
  try {
    for await (const line of session.lines) {
      if (line.kind !== 'say') continue;
      const [path = '', ...words] = line.rest.split(' ');
      const said = escapeLine(words.join(' ').trim(), 400);
      if (line.word === 'purged') purged.push(said === '' ? { path } : { path, left: said });
      else if (line.word === 'kept') purged.push({ path, kept: said });
      else if (line.word === 'end') isComplete = true;
      // Throws where the lock is held.
      else if (plainAnswer(line.word, line.rest, settle) !== undefined) break;
    }
  } finally {
    session.close();
  }
  if (!isComplete) throw new NodeprepError('no-answer', 'the host did not finish removing the data of the old runtime');
  return purged;
};
