import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Server, ServerCredentials, type ServiceError, status, type UntypedServiceImplementation } from '@grpc/grpc-js';
import { encodeAs } from '../../src/cri/messages.ts';

export interface Script {
  readonly version?: object | 'hang' | 'unimplemented';
  readonly status?: object | 'hang';
  readonly sandboxes?: object;
  /** undefined: the runtime does not know the call, like containerd 1.x. */
  readonly config?: object;
}

const refuse = (code: status): Partial<ServiceError> => ({
  code,
  details: 'unknown service runtime.v1.RuntimeService',
});

/** A runtime that answers from a script, on a unix socket of its own. */
export const startCriServer = async (script: Script) => {
  const directory = mkdtempSync(join(tmpdir(), 'cri-server-'));
  const path = join(directory, 'runtime.sock');
  const server = new Server();
  const answers: Readonly<Record<string, Script[keyof Script]>> = {
    Version: script.version ?? { runtimeName: 'containerd', runtimeVersion: '2.1.4' },
    Status: script.status ?? { status: { conditions: [{ type: 'RuntimeReady', status: true }] } },
    ListPodSandbox: script.sandboxes ?? { items: [] },
    RuntimeConfig: script.config ?? 'unimplemented',
  };
  const methods = Object.keys(answers);
  const service = Object.fromEntries(
    methods.map(name => [
      name,
      {
        path: `/runtime.v1.RuntimeService/${name}`,
        requestStream: false,
        responseStream: false,
        requestSerialize: (bytes: Buffer) => bytes,
        requestDeserialize: (bytes: Buffer) => bytes,
        responseSerialize: (value: object) => encodeAs(`${name}Response`, value),
        responseDeserialize: (bytes: Buffer) => bytes,
      },
    ]),
  );
  const implementation: UntypedServiceImplementation = Object.fromEntries(
    methods.map(name => [
      name,
      (_call: unknown, done: (error: Partial<ServiceError> | null, value?: object) => void) => {
        const answer = answers[name];
        if (answer === 'hang') return;
        if (answer === 'unimplemented' || answer === undefined) done(refuse(status.UNIMPLEMENTED));
        else done(null, answer as object);
      },
    ]),
  );
  server.addService(service, implementation);
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(`unix:${path}`, ServerCredentials.createInsecure(), error => (error ? reject(error) : resolve()));
  });
  return {
    path,
    close: () => {
      server.forceShutdown();
      rmSync(directory, { recursive: true, force: true });
    },
  };
};
