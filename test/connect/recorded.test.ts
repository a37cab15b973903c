import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openRecorded, parseRecording, RECORDING_LIMIT_BYTES } from '../../src/connect/recorded.ts';
import type { Recording } from '../../src/connect/recording.ts';
import { NodeprepError } from '../../src/core/errors.ts';

const synthetic: Recording = {
  schemaVersion: 1,
  host: 'node',
  address: '10.0.0.1',
  access: { root: true, via: 'sudo' },
  sentAt: 1,
  receivedAt: 2,
  items: { kernel: { exitCode: 0, base64: 'aGVsbG8=', truncated: false } },
  cri: { '/run/containerd/containerd.sock': { reason: 'absent' } },
};
const bytes = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

describe('parseRecording', () => {
  it('reads what was written', () => {
    expect(parseRecording(bytes(synthetic), 'node.json')).toEqual(synthetic);
  });

  it.each([
    ['no JSON', Buffer.from('{'), /node\.json cannot be read as a recording: it is not JSON/],
    ['another version', bytes({ ...synthetic, schemaVersion: 2 }), /schemaVersion/],
    ['a missing field', bytes({ ...synthetic, items: undefined }), /items/],
    [
      'bytes that are not base64',
      bytes({ ...synthetic, items: { kernel: { exitCode: 0, base64: '?', truncated: false } } }),
      /items\.kernel\.base64/,
    ],
    ['no object', bytes([]), /top level/],
    ['too many bytes', Buffer.alloc(RECORDING_LIMIT_BYTES + 1), /more than/],
  ])('refuses %s', (_, input, message) => {
    expect(() => parseRecording(input, 'node.json')).toThrow(message);
  });

  it('fails in no other way, whatever it is given', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array(),
          fc.json().map(text => Buffer.from(text)),
        ),
        input => {
          try {
            parseRecording(Buffer.from(input), 'x');
          } catch (error) {
            expect(error).toBeInstanceOf(NodeprepError);
          }
        },
      ),
    );
  });
});

it('a recorded host replays and runs nothing', async () => {
  const connection = openRecorded(synthetic);
  expect(connection.replay).toBe(synthetic);
  await expect(connection.start('true', { as: 'best' })).rejects.toMatchObject({ code: 'recording-unreadable' });
  await expect(connection.close()).resolves.toBeUndefined();
});
