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
    PodSandbox: {
      fields: { id: { type: 'string', id: 1 }, state: { type: 'int32', id: 3 }, labels: textMap(5) },
    },
    PodSandboxStatusRequest: { fields: { podSandboxId: { type: 'string', id: 1 } } },
    PodSandboxStatusResponse: { fields: { status: { type: 'PodSandboxStatus', id: 1 } } },
    PodSandboxStatus: { fields: { linux: { type: 'LinuxPodSandboxStatus', id: 6 } } },
    LinuxPodSandboxStatus: { fields: { namespaces: { type: 'Namespace', id: 1 } } },
    Namespace: { fields: { options: { type: 'NamespaceOption', id: 2 } } },
    NamespaceOption: {
      fields: { network: { type: 'int32', id: 1 }, pid: { type: 'int32', id: 2 }, ipc: { type: 'int32', id: 3 } },
    },
    RunPodSandboxRequest: {
      fields: { config: { type: 'PodSandboxConfig', id: 1 }, runtimeHandler: { type: 'string', id: 2 } },
    },
    RunPodSandboxResponse: { fields: { podSandboxId: { type: 'string', id: 1 } } },
    PodSandboxConfig: {
      fields: {
        metadata: { type: 'PodSandboxMetadata', id: 1 },
        labels: textMap(6),
        linux: { type: 'LinuxPodSandboxConfig', id: 8 },
      },
    },
    PodSandboxMetadata: {
      fields: {
        name: { type: 'string', id: 1 },
        uid: { type: 'string', id: 2 },
        namespace: { type: 'string', id: 3 },
        attempt: { type: 'uint32', id: 4 },
      },
    },
    LinuxPodSandboxConfig: {
      fields: {
        cgroupParent: { type: 'string', id: 1 },
        securityContext: { type: 'LinuxSandboxSecurityContext', id: 2 },
      },
    },
    LinuxSandboxSecurityContext: { fields: { namespaceOptions: { type: 'NamespaceOption', id: 1 } } },
    ImageStatusRequest: { fields: { image: { type: 'ImageSpec', id: 1 } } },
    ImageSpec: { fields: { image: { type: 'string', id: 1 } } },
    ImageStatusResponse: { fields: { image: { type: 'Image', id: 1 } } },
    Image: {
      fields: {
        id: { type: 'string', id: 1 },
        repoTags: { rule: 'repeated', type: 'string', id: 2 },
        repoDigests: { rule: 'repeated', type: 'string', id: 3 },
        pinned: { type: 'bool', id: 8 },
      },
    },
    ListImagesRequest: { fields: {} },
    ListImagesResponse: { fields: { images: { rule: 'repeated', type: 'Image', id: 1 } } },
    PullImageRequest: { fields: { image: { type: 'ImageSpec', id: 1 } } },
    PullImageResponse: { fields: { imageRef: { type: 'string', id: 1 } } },
    RemoveImageRequest: { fields: { image: { type: 'ImageSpec', id: 1 } } },
    RemoveImageResponse: { fields: {} },
    StopPodSandboxRequest: { fields: { podSandboxId: { type: 'string', id: 1 } } },
    StopPodSandboxResponse: { fields: {} },
    RemovePodSandboxRequest: { fields: { podSandboxId: { type: 'string', id: 1 } } },
    RemovePodSandboxResponse: { fields: {} },
    ListContainersRequest: { fields: { filter: { type: 'ContainerFilter', id: 1 } } },
    ContainerFilter: { fields: { podSandboxId: { type: 'string', id: 3 } } },
    ListContainersResponse: { fields: { containers: { rule: 'repeated', type: 'Container', id: 1 } } },
    Container: { fields: { id: { type: 'string', id: 1 }, state: { type: 'int32', id: 6 }, annotations: textMap(9) } },
    StopContainerRequest: { fields: { containerId: { type: 'string', id: 1 }, timeout: { type: 'int64', id: 2 } } },
    StopContainerResponse: { fields: {} },
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
  readonly items: readonly {
    readonly id: string;
    /** enum PodSandboxState: SANDBOX_READY = 0. */
    readonly state: number;
    readonly labels: Readonly<Record<string, string>>;
  }[];
}
/** Pinned: kept from the kubelet's garbage collection; never said by runtimes that do not know it. */
export interface ListImagesResponse {
  readonly images: readonly {
    readonly repoTags: readonly string[];
    readonly repoDigests: readonly string[];
    readonly pinned: boolean;
  }[];
}
/** enum NamespaceMode: NODE = 2 is the host's own network. */
export interface PodSandboxStatusResponse {
  readonly status: {
    readonly linux: { readonly namespaces: { readonly options: { readonly network: number } | null } | null } | null;
  } | null;
}
/** enum ContainerState: CONTAINER_RUNNING = 1. */
export interface ListContainersResponse {
  readonly containers: readonly {
    readonly id: string;
    readonly state: number;
    readonly annotations: Readonly<Record<string, string>>;
  }[];
}

/** enum NamespaceMode: NODE = 2, CONTAINER = 1, POD = 0. Of a PodSandboxConfig, what the proof of nodeprep sets. */
export interface RunPodSandboxRequest {
  readonly config: {
    readonly metadata: { readonly name: string; readonly uid: string; readonly namespace: string };
    readonly labels: Readonly<Record<string, string>>;
    readonly linux: {
      readonly cgroupParent: string;
      readonly securityContext: {
        readonly namespaceOptions: { readonly network: 0 | 2; readonly pid: 0; readonly ipc: 2 };
      };
    };
  };
  /** Empty: the default one. */
  readonly runtimeHandler: string;
}
interface OfImage {
  readonly image: { readonly image: string };
}

type Nothing = Readonly<Record<string, never>>;
interface OfSandbox {
  readonly podSandboxId: string;
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

/** Likewise. */
export const decodeAs = <T>(type: string, bytes: Buffer): T => {
  const message = root.lookupType(type);
  return message.toObject(message.decode(bytes), { defaults: true }) as T;
};

const method = <Request extends object, Response>(
  name: string,
  service: 'RuntimeService' | 'ImageService' = 'RuntimeService',
): Method<Request, Response> => ({
  path: `/runtime.v1.${service}/${name}`,
  encode: request => encodeAs(`${name}Request`, request),
  decode: bytes => decodeAs<Response>(`${name}Response`, bytes),
});

export const versionMethod = method<{ readonly version: string }, VersionResponse>('Version');
export const statusMethod = method<{ readonly verbose: boolean }, StatusResponse>('Status');
export const runtimeConfigMethod = method<Nothing, RuntimeConfigResponse>('RuntimeConfig');
export const listPodSandboxMethod = method<Nothing, ListPodSandboxResponse>('ListPodSandbox');
export const runPodSandboxMethod = method<RunPodSandboxRequest, OfSandbox>('RunPodSandbox');
export const imageStatusMethod = method<OfImage, { readonly image: { readonly id: string } | null }>(
  'ImageStatus',
  'ImageService',
);
export const listImagesMethod = method<Nothing, ListImagesResponse>('ListImages', 'ImageService');
export const pullImageMethod = method<OfImage, { readonly imageRef: string }>('PullImage', 'ImageService');
export const removeImageMethod = method<OfImage, Nothing>('RemoveImage', 'ImageService');
export const podSandboxStatusMethod = method<OfSandbox, PodSandboxStatusResponse>('PodSandboxStatus');
export const stopPodSandboxMethod = method<OfSandbox, Nothing>('StopPodSandbox');
export const removePodSandboxMethod = method<OfSandbox, Nothing>('RemovePodSandbox');
export const listContainersMethod = method<{ readonly filter: OfSandbox }, ListContainersResponse>('ListContainers');
export const stopContainerMethod = method<{ readonly containerId: string; readonly timeout: number }, Nothing>(
  'StopContainer',
);
