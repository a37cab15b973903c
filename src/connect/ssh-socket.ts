import type { EventEmitter } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Stage } from './connect-error.ts';
import type { HostEndpoint } from './endpoint.ts';
import { gathersWrites } from './gathers-writes.ts';

const FIRST_BYTES_KEPT = 512;

export const openSocket = ({ address, port, connectTimeoutMs }: HostEndpoint): Socket =>
  gathersWrites(
    connect({
      host: address,
      port,
      // Small packets must not wait for each other's acknowledgement.
      noDelay: true,
      // Node.js gives each of several addresses 250 ms, which a slow link does not keep.
      autoSelectFamilyAttemptTimeout: Math.max(1000, Math.floor(connectTimeoutMs / 4)),
    }),
  );

/** How far a connection has come, for the message when it comes no further. */
export interface Progress {
  stage(): Stage;
  firstBytes(): string;
  onData(chunk: Buffer): void;
  stop(): void;
}

export const followProgress = (client: EventEmitter, socket: Socket): Progress => {
  let stage: Stage = 'tcp';
  let first = Buffer.alloc(0);
  socket.once('connect', () => {
    stage = 'banner';
  });
  client.once('handshake', () => {
    stage = 'login';
  });
  const onData = (chunk: Buffer): void => {
    first = Buffer.concat([first, chunk]).subarray(0, FIRST_BYTES_KEPT);
    if (stage === 'banner' && first.includes('SSH-')) stage = 'handshake';
  };
  return {
    stage: () => stage,
    firstBytes: () => first.toString('latin1'),
    onData,
    stop: () => void socket.off('data', onData),
  };
};
