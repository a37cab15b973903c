import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseFrames } from '../../src/facts/frames.ts';

const marker = 'f3a8c1d2e4b5968770615243a1b2c3d4';
const frame = (id: string, bytes: Uint8Array | string, code = 0): Buffer =>
  Buffer.concat([Buffer.from(`${marker} item ${id}\n`), Buffer.from(bytes), Buffer.from(`\n${marker} end ${code}\n`)]);
const whole = (...frames: readonly Buffer[]): Buffer =>
  Buffer.concat([Buffer.from(`\n${marker} begin 1\n`), ...frames, Buffer.from(`${marker} done\n`)]);

const complete = (bytes: Buffer) => {
  const parsed = parseFrames(bytes, marker);
  if (parsed.state !== 'complete') throw new Error(parsed.state);
  return parsed.frames;
};

describe('parseFrames', () => {
  test('gives back what was framed, whatever the bytes and the noise around', () => {
    const bytes = fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.constant(Buffer.from(`\n${marker} item x\n`)));
    fc.assert(
      fc.property(fc.array(bytes, { maxLength: 5 }), fc.uint8Array(), fc.uint8Array(), (items, before, after) => {
        const framed = whole(...items.map((item, index) => frame(`fact.${index}`, item, index)));
        const frames = complete(Buffer.concat([before, framed, after]));
        expect([...frames].map(([id, { exitCode, bytes: got }]) => [id, exitCode, [...got]])).toEqual(
          items.map((item, index) => [`fact.${index}`, index, [...item]]),
        );
      }),
    );
  });

  test('never throws on arbitrary bytes', () => {
    const piece = fc.oneof(
      fc.uint8Array().map(bytes => Buffer.from(bytes)),
      fc
        .constantFrom('begin 1\n', 'item a.b\n', 'end 0\n', 'end\n', 'done\n', 'item \n', '')
        .chain(word => fc.constantFrom(`${marker} ${word}`, `\n${marker} ${word}`, word))
        .map(text => Buffer.from(text)),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), pieces => {
        const parsed = parseFrames(Buffer.concat(pieces), marker);
        expect(['complete', 'cut', 'silent']).toContain(parsed.state);
      }),
      { numRuns: 2_000 },
    );
  });

  test('an answer that is cut anywhere is never complete', () => {
    const full = whole(frame('a.x', 'one\ntwo'), frame('b.y', Buffer.from([0, 255, 10, 13]), 7));
    for (let length = 0; length < full.length; length += 1) {
      expect(parseFrames(full.subarray(0, length), marker).state).not.toBe('complete');
    }
    expect(parseFrames(full, marker).state).toBe('complete');
  });

  test('says in which item it was cut', () => {
    const cut = whole(frame('a.x', 'one'), frame('b.y', 'two')).subarray(0, -60);
    expect(parseFrames(cut, marker)).toEqual({ state: 'cut', lastItem: 'b.y' });
  });

  test('takes nothing from another run for its own', () => {
    expect(parseFrames(whole(frame('a.x', 'one')), '0123456789abcdef0123456789abcdef').state).toBe('silent');
  });
});
