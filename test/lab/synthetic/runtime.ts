import { mkdirSync } from 'node:fs';
import { createServer, type Server as NetServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { Server, ServerCredentials, type UntypedServiceImplementation } from '@grpc/grpc-js';
import { readContainerdConfig } from '../../../src/core/containerd-config.ts';
import { encodeAs } from '../../../src/cri/messages.ts';

/** What stands behind the stand-ins of one host; synthetic. */
export interface Behind {
  close(): void;
}

export interface BehindOptions {
  readonly version: string;
  /** The stand-in of the kubelet was started, or has ended. */
  readonly onKubelet: (isOn: boolean) => void;
}

/**
 * Answers CRI for a host's containerd, for as long as its stand-in lives, with the configuration that this one read at its start. There are
 * no sandboxes: nobody runs pods there.
 */
export async function standBehind(directory: string, { version, onKubelet }: BehindOptions): Promise<Behind> {
  mkdirSync(join(directory, 'cri'), { recursive: true });
  const sockets = new Set<Socket>();
  let config: object | undefined;
  const injector = answering(version, () => config);
  const servers = [
    await listen(join(directory, 'cri/containerd.sock'), sockets, socket => {
      if (config === undefined) socket.destroy();
      else injector.injectConnection(socket);
    }),
    await listen(join(directory, 'containerd.sock'), sockets, socket => {
      let said = Buffer.alloc(0);
      socket.on('data', chunk => {
        said = Buffer.concat([said, chunk]);
        // Its length in a line of its own: the connection stays open.
        const [length = ''] = said.toString('latin1', 0, 20).split('\n', 1);
        const dump = said.subarray(length.length + 1);
        if (dump.length < Number(length)) return;
        config = statusConfig(dump.toString());
        socket.write('r');
      });
      socket.once('close', () => {
        config = undefined;
      });
    }),
    await listen(join(directory, 'kubelet.sock'), sockets, socket => {
      onKubelet(true);
      socket.resume();
      socket.once('close', () => onKubelet(false));
    }),
  ];
  return {
    close: () => {
      for (const server of servers) server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function listen(path: string, sockets: Set<Socket>, take: (socket: Socket) => void): Promise<NetServer> {
  const server = createServer(socket => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => sockets.delete(socket));
    take(socket);
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => resolve(server));
  });
}

/** As containerd 1.7 shows it in a verbose Status, as far as anybody reads it. */
function statusConfig(dump: string): object {
  const { handlers, defaultHandler, sandboxImage } = readContainerdConfig(dump);
  const runtimes = handlers.map(({ name, type, systemdCgroup }) => [
    name,
    { runtimeType: type, options: { SystemdCgroup: systemdCgroup } },
  ]);
  return { containerd: { defaultRuntimeName: defaultHandler, runtimes: Object.fromEntries(runtimes) }, sandboxImage };
}

function answering(version: string, config: () => object | undefined) {
  const answers: Readonly<Record<string, () => object>> = {
    Version: () => ({ runtimeName: 'containerd', runtimeVersion: version }),
    Status: () => ({
      status: { conditions: ['RuntimeReady', 'NetworkReady'].map(type => ({ type, status: true })) },
      info: { config: JSON.stringify(config() ?? {}) },
    }),
    ListPodSandbox: () => ({ items: [] }),
  };
  const names = Object.keys(answers);
  const server = new Server();
  const bytes = (value: Buffer): Buffer => value;
  server.addService(
    Object.fromEntries(
      names.map(name => [
        name,
        {
          path: `/runtime.v1.RuntimeService/${name}`,
          requestStream: false,
          responseStream: false,
          requestSerialize: bytes,
          requestDeserialize: bytes,
          responseSerialize: (value: object) => encodeAs(`${name}Response`, value),
          responseDeserialize: bytes,
        },
      ]),
    ),
    Object.fromEntries(
      names.map(name => [
        name,
        (_call: unknown, done: (error: null, value?: object) => void) => done(null, answers[name]?.()),
      ]),
    ) as UntypedServiceImplementation,
  );
  return server.createConnectionInjector(ServerCredentials.createInsecure());
}
