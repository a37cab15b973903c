import protobuf from 'protobufjs/light.js';

/** map<string, string>; the library's type for fields forgets that there are maps. */
const textMap = (id: number): protobuf.IMapField => ({ keyType: 'string', type: 'string', id });

/**
 * The part of `runtime.v1` that we speak: names and field numbers of k8s.io/cri-api, pkg/apis/runtime/v1/api.proto.
 * Fields left out here are skipped when they come.
 */
const root = protobuf.Root.fromJSON({
  nested: {
    VersionRequest: { fields: { version: { type: 'string', id: 1 } } },
    VersionResponse: {
      fields: {
        runtimeName: { type: 'string', id: 2 },
        runtimeVersion: { type: 'string', id: 3 },
      },
    },
    StatusRequest: { fields: { verbose: { type: 'bool', id: 1 } } },
    StatusResponse: {
      fields: {
        status: { type: 'RuntimeStatus', id: 1 },
        info: textMap(2),
        runtimeHandlers: { rule: 'repeated', type: 'RuntimeHandler', id: 3 },
      },
    },
    RuntimeStatus: { fields: { conditions: { rule: 'repeated', type: 'RuntimeCondition', id: 1 } } },
    RuntimeCondition: {
      fields: {
        type: { type: 'string', id: 1 },
        status: { type: 'bool', id: 2 },
        reason: { type: 'string', id: 3 },
        message: { type: 'string', id: 4 },
      },
    },
    RuntimeHandler: { fields: { name: { type: 'string', id: 1 } } },
    RuntimeConfigRequest: { fields: {} },
    RuntimeConfigResponse: { fields: { linux: { type: 'LinuxRuntimeConfiguration', id: 1 } } },
    LinuxRuntimeConfiguration: { fields: { cgroupDriver: { type: 'int32', id: 1 } } },
    ListPodSandboxRequest: { fields: {} },
    ListPodSandboxResponse: { fields: { items: { rule: 'repeated', type: 'PodSandbox', id: 1 } } },
    PodSandbox: { fields: { id: { type: 'string', id: 1 } } },
  },
});

export interface VersionResponse {
  readonly runtimeName: string;
  readonly runtimeVersion: string;
}
export interface StatusResponse {
  readonly status: {
    readonly conditions: readonly {
      readonly type: string;
      readonly status: boolean;
      readonly reason: string;
      readonly message: string;
    }[];
  } | null;
  readonly info: Readonly<Record<string, string>>;
  readonly runtimeHandlers: readonly { readonly name: string }[];
}
/** enum CgroupDriver: SYSTEMD = 0, CGROUPFS = 1. Zero is not sent, so only `linux` being there makes it an answer. */
export interface RuntimeConfigResponse {
  readonly linux: { readonly cgroupDriver: number } | null;
}
/** Sandboxes in every state: one that is not ready still is a pod's. */
export interface ListPodSandboxResponse {
  readonly items: readonly { readonly id: string }[];
}

export interface Method<Request, Response> {
  readonly path: string;
  encode(request: Request): Buffer;
  decode(bytes: Buffer): Response;
}

/** Also used from the other side, by the server in the tests. */
export const encodeAs = (type: string, value: object): Buffer => {
  const message = root.lookupType(type);
  return Buffer.from(message.encode(message.fromObject(value)).finish());
};

const decodeAs = <T>(type: string, bytes: Buffer): T => {
  const message = root.lookupType(type);
  return message.toObject(message.decode(bytes), { defaults: true }) as T;
};

const method = <Request extends object, Response>(name: string): Method<Request, Response> => ({
  path: `/runtime.v1.RuntimeService/${name}`,
  encode: request => encodeAs(`${name}Request`, request),
  decode: bytes => decodeAs<Response>(`${name}Response`, bytes),
});

export const versionMethod = method<{ readonly version: string }, VersionResponse>('Version');
export const statusMethod = method<{ readonly verbose: boolean }, StatusResponse>('Status');
export const runtimeConfigMethod = method<Readonly<Record<string, never>>, RuntimeConfigResponse>('RuntimeConfig');
export const listPodSandboxMethod = method<Readonly<Record<string, never>>, ListPodSandboxResponse>('ListPodSandbox');
