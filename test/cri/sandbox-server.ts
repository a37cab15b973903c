import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Server, ServerCredentials, type ServiceError, status, type UntypedServiceImplementation } from '@grpc/grpc-js';
import { decodeAs, encodeAs } from '../../src/cri/messages.ts';

export interface FakeSandbox {
  readonly id: string;
  /** undefined: somebody made it by hand. */
  readonly pod?: string;
  readonly hostNetwork?: boolean;
  /** Its pod is gone, and nobody has tidied up. */
  readonly ended?: boolean;
  /** terminationGracePeriodSeconds of its one running container. */
  readonly grace?: number;
  /** How often StopPodSandbox fails. */
  readonly failures?: number;
  /** A proof that was killed in between. */
  readonly proof?: boolean;
}

/** How images and new sandboxes fare. */
export interface Trouble {
  readonly image?: 'there' | 'pullable' | 'nowhere' | 'no service';
  readonly run?: string;
  /** A handler by which none starts. */
  readonly broken?: string;
}

/** A runtime with sandboxes that can be stopped and removed, in that order; synthetic. `calls` tells what it was asked. */
export const startSandboxServer = async (
  sandboxes: readonly FakeSandbox[],
  { image = 'there', run: refusal, broken }: Trouble = {},
) => {
  const directory = mkdtempSync(join(tmpdir(), 'cri-sandboxes-'));
  const path = join(directory, 'runtime.sock');
  const left = new Map(sandboxes.map(sandbox => [sandbox.id, sandbox]));
  const failures = new Map(sandboxes.map(({ id, failures: times }) => [id, times ?? 0]));
  const calls: string[] = [];
  const no = (details: string): Partial<ServiceError> => ({ code: status.UNKNOWN, details });
  const note = (text: string) => {
    calls.push(text);
    return {};
  };
  const answers: Readonly<Record<string, (request: Request) => object>> = {
    ListPodSandbox: () => ({
      items: [...left.values()].map(one => ({ id: one.id, state: one.ended ? 1 : 0, labels: labelsOf(one) })),
    }),
    PodSandboxStatus: ({ podSandboxId }) => ({
      status: { linux: { namespaces: { options: { network: left.get(podSandboxId)?.hostNetwork ? 2 : 0 } } } },
    }),
    ListContainers: ({ filter }) => {
      const grace = left.get(filter.podSandboxId)?.grace;
      const annotations = { 'io.kubernetes.pod.terminationGracePeriod': String(grace) };
      const one = { id: `c-${filter.podSandboxId}`, state: 1, annotations };
      return { containers: grace === undefined ? [{ ...one, state: 2 }] : [one] };
    },
    RunPodSandbox: ({ config, runtimeHandler = '' }) => {
      if (refusal !== undefined) throw no(refusal);
      if (broken !== undefined && runtimeHandler === broken) throw no('OCI runtime create failed');
      const id = `${sandboxId}${calls.filter(one => one.startsWith('run')).length}`;
      note(`run ${config.linux.cgroupParent}${runtimeHandler === '' ? '' : ` by ${runtimeHandler}`}`);
      left.set(id, { id, proof: true });
      return { podSandboxId: id };
    },
    ImageStatus: () => {
      if (image === 'no service') throw no('unknown service runtime.v1.ImageService');
      return image === 'there' || calls.includes('pull') ? { image: { id: 'sha256:1' } } : {};
    },
    PullImage: () => {
      if (image === 'nowhere') throw no('dial tcp: lookup registry: no such host');
      note('pull');
      return { imageRef: 'sha256:1' };
    },
    RemoveImage: () => note('remove image'),
    StopContainer: ({ containerId, timeout }) => note(`end ${containerId} ${timeout}`),
    StopPodSandbox: ({ podSandboxId }) => {
      const times = failures.get(podSandboxId) ?? 0;
      failures.set(podSandboxId, times - 1);
      if (times > 0) throw no('failed to destroy network');
      return note(`stop ${podSandboxId}`);
    },
    RemovePodSandbox: ({ podSandboxId }) => {
      left.delete(podSandboxId);
      return note(`remove ${podSandboxId}`);
    },
  };
  const names = Object.keys(answers);
  const server = new Server();
  server.addService(
    Object.fromEntries(
      names.map(name => [
        name,
        {
          path: `/runtime.v1.${name.includes('Image') ? 'ImageService' : 'RuntimeService'}/${name}`,
          requestStream: false,
          responseStream: false,
          requestSerialize: (bytes: Buffer) => bytes,
          requestDeserialize: (bytes: Buffer) => decodeAs(`${name}Request`, bytes),
          responseSerialize: (value: object) => encodeAs(`${name}Response`, value),
          responseDeserialize: (bytes: Buffer) => bytes,
        },
      ]),
    ),
    Object.fromEntries(
      names.map(name => [
        name,
        (call: { request: Request }, done: (error: Partial<ServiceError> | null, value?: object) => void) => {
          try {
            done(null, answers[name]?.(call.request) ?? {});
          } catch (error) {
            done(error as Partial<ServiceError>);
          }
        },
      ]),
    ) as UntypedServiceImplementation,
  );
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(`unix:${path}`, ServerCredentials.createInsecure(), error => (error ? reject(error) : resolve()));
  });
  return {
    path,
    calls,
    close: () => {
      server.forceShutdown();
      rmSync(directory, { recursive: true, force: true });
    },
  };
};

interface Request {
  readonly podSandboxId: string;
  readonly containerId: string;
  readonly timeout: number;
  readonly filter: { readonly podSandboxId: string };
  readonly config: { readonly linux: { readonly cgroupParent: string } };
  readonly runtimeHandler?: string;
}

/** What new sandboxes are called, with a number after it. */
export const sandboxId = '5f0e1d2c3b4a';

const labelsOf = ({ pod, proof }: FakeSandbox): Readonly<Record<string, string>> => {
  if (proof) return { 'nodeprep.io/proof': 'an-earlier-run' };
  return pod === undefined ? {} : { 'io.kubernetes.pod.name': pod, 'io.kubernetes.pod.namespace': 'shop' };
};
