import { Client, credentials, type ServiceError, status } from '@grpc/grpc-js';
import {
  listImagesMethod,
  listPodSandboxMethod,
  type Method,
  runtimeConfigMethod,
  statusMethod,
  versionMethod,
} from './messages.ts';
import type { RawAnswers } from './to-answer.ts';

/** grpc's own default, written down: a Status with every plugin of a busy node is far below. */
const maxMessageBytes = 4 * 1024 * 1024;

export type CriClient = Client;

const isUnimplemented = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === status.UNIMPLEMENTED;

/** One call over an open client. */
export const call = <Request, Response>(
  client: Client,
  { path, encode, decode }: Method<Request, Response>,
  request: Request,
  deadline: Date,
): Promise<Response> =>
  new Promise((resolve, reject) => {
    const done = (error: ServiceError | null, response?: Response) => {
      if (response === undefined) reject(error ?? new Error('an answer without content'));
      else resolve(response);
    };
    client.makeUnaryRequest(path, encode, decode, request, { deadline }, done);
  });

/** The caller closes it. */
export const openClient = (socketPath: string): Client =>
  new Client(`unix:${socketPath}`, credentials.createInsecure(), {
    'grpc.max_receive_message_length': maxMessageBytes,
    'grpc.enable_retries': 0,
    'grpc.enable_http_proxy': 0,
    'grpc.service_config_disable_resolution': 1,
    'grpc.use_local_subchannel_pool': 1,
  });

/** The five questions over one connection, asked at once. Rejects when one fails; RuntimeConfig may be unimplemented, and of images there may be no answer. */
export const askAll = async (socketPath: string, deadline: Date): Promise<RawAnswers> => {
  const client = openClient(socketPath);
  try {
    const [version, statusAnswer, sandboxes, config, images] = await Promise.all([
      call(client, versionMethod, { version: 'v1' }, deadline),
      call(client, statusMethod, { verbose: true }, deadline),
      call(client, listPodSandboxMethod, {}, deadline),
      call(client, runtimeConfigMethod, {}, deadline).catch((error: unknown) => {
        if (isUnimplemented(error)) return null;
        throw error;
      }),
      call(client, listImagesMethod, {}, deadline).catch(() => null),
    ]);
    return { version, status: statusAnswer, sandboxes, config, images };
  } finally {
    client.close();
  }
};

/** Why there is no answer, as a part of a sentence. */
export const explain = (error: unknown, timeoutMs: number): string => {
  if (!(error instanceof Error) || !('code' in error)) return error instanceof Error ? error.message : String(error);
  const details = 'details' in error && typeof error.details === 'string' ? error.details : error.message;
  if (error.code === status.UNIMPLEMENTED)
    return `what listens there does not serve CRI runtime.v1 (its CRI plugin is off or did not load): ${details}`;
  if (error.code === status.DEADLINE_EXCEEDED) return `no answer within ${timeoutMs / 1000} s`;
  if (error.code === status.UNAVAILABLE)
    return 'the connection to the runtime ended before it had answered, or what listens there does not speak gRPC';
  return `what listens there does not answer as CRI: ${details}`;
};
