import { Writable } from 'node:stream';
import { expect, it } from 'vitest';
import { gathersWrites } from '../../src/connect/gathers-writes.ts';

it('lets the writes of one turn leave together, in order, and what comes before the end too', async () => {
  const batches: string[] = [];
  const stream = gathersWrites(
    new Writable({
      writev: (chunks, done) => {
        batches.push(chunks.map(({ chunk }) => String(chunk)).join(''));
        done();
      },
    }),
  );
  stream.write('a');
  stream.write('b');
  await new Promise(resolve => setImmediate(resolve));
  stream.write('c');
  stream.write('d');
  await new Promise(resolve => stream.end('e', () => resolve(undefined)));
  expect(batches[0]).toBe('ab');
  expect(batches.join('')).toBe('abcde');
});
