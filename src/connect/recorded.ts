import { z } from 'zod';
import type { DesiredNode } from '../core/desired.ts';
import { NodeprepError } from '../core/errors.ts';
import type { Connection } from './connection.ts';
import type { Recording } from './recording.ts';

/** A recording of a real host has about 200 KiB; far above that it is none. */
export const RECORDING_LIMIT_BYTES = 32 * 1024 * 1024;

const access = z.discriminatedUnion('root', [
  z.object({ root: z.literal(true), via: z.enum(['login', 'sudo']) }),
  z.object({ root: z.literal(false), reason: z.string() }),
]);

const item = z.object({ exitCode: z.int(), base64: z.base64(), truncated: z.boolean() });

const isDesired = (value: unknown): boolean => desiredShape.safeParse(value).success;

const desiredShape = z.looseObject({
  host: z.string(),
  role: z.enum(['control-plane', 'worker']),
  groups: z.array(z.string()),
  kubernetesVersion: z.string(),
  runtime: z.looseObject({ name: z.string(), cgroupDriver: z.string(), sandboxImage: z.string() }),
  swap: z.string(),
  waivers: z.record(z.string(), z.looseObject({ owner: z.string(), reason: z.string(), expires: z.string() })),
});

const noRegistries = { registries: [] } as const;

/** What versions before did not know of, they did not ask for. */
const withNewer = (desired: DesiredNode): DesiredNode => ({
  ...desired,
  runtime: { ...noRegistries, ...desired.runtime },
});

const recording = z.object({
  schemaVersion: z.literal(1),
  host: z.string().min(1),
  address: z.string(),
  access,
  // Written by us from an inventory that was valid; what matters to checks is that it is there.
  desired: z.custom<DesiredNode>(isDesired).transform(withNewer).optional(),
  sentAt: z.number(),
  receivedAt: z.number(),
  items: z.record(z.string(), item),
  cri: z.record(z.string(), z.unknown()),
}) satisfies z.ZodType<Recording>;

/** `source` names the file in messages. */
export const parseRecording = (bytes: Buffer, source: string): Recording => {
  if (bytes.length > RECORDING_LIMIT_BYTES)
    throw unreadable(source, `it has ${bytes.length} bytes, more than ${RECORDING_LIMIT_BYTES}`);
  const result = recording.safeParse(parseJson(bytes, source));
  if (result.success) return result.data;
  const problem = result.error.issues[0];
  throw unreadable(
    source,
    problem === undefined ? 'it is no recording' : `${problem.path.join('.') || 'top level'}: ${problem.message}`,
  );
};

const parseJson = (bytes: Buffer, source: string): unknown => {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw unreadable(source, 'it is not JSON', cause);
  }
};

const unreadable = (source: string, why: string, cause?: unknown): NodeprepError =>
  new NodeprepError('recording-unreadable', `${source} cannot be read as a recording: ${why}.`, {
    hint: 'Record the host again: nodeprep facts INVENTORY --record DIR',
    cause,
  });

/** A host as it was. Facts and CRI answers come from the recording; nothing can be run. */
export const openRecorded = (replay: Recording): Connection => ({
  host: replay.host,
  address: replay.address,
  replay,
  start: async () => {
    throw new NodeprepError('recording-unreadable', `${replay.host} is a recording; nothing can be run on it.`, {
      hint: 'Give an inventory or user@host instead.',
    });
  },
  close: async () => undefined,
});
