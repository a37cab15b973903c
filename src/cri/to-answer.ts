import type { CriAnswer } from '../facts/cri.ts';
import type {
  ListImagesResponse,
  ListPodSandboxResponse,
  RuntimeConfigResponse,
  StatusResponse,
  VersionResponse,
} from './messages.ts';
import { isProof } from './proof-label.ts';

export interface RawAnswers {
  readonly version: VersionResponse;
  readonly status: StatusResponse;
  readonly sandboxes: ListPodSandboxResponse;
  /** null: the runtime does not implement RuntimeConfig. */
  readonly config: RuntimeConfigResponse | null;
  /** null: no answer, or one larger than what is accepted. */
  readonly images: ListImagesResponse | null;
}

/** containerd 1.x lists registry logins and headers there: nothing here needs them, and nobody else may see them. */
const withoutRegistry = (config: unknown): unknown => {
  if (typeof config !== 'object' || config === null || Array.isArray(config)) return config;
  return Object.fromEntries(Object.entries(config).filter(([key]) => key !== 'registry'));
};

const parsed = (json: string | undefined): unknown => {
  if (json === undefined) return undefined;
  try {
    return withoutRegistry(JSON.parse(json));
  } catch {
    // A runtime may put anything into `info`; what is no JSON is not a configuration.
    return undefined;
  }
};

/** kubelet's rule: only an answer with `linux` in it names a driver. */
const driverOf = (config: RuntimeConfigResponse | null): 'systemd' | 'cgroupfs' | null => {
  if (config === null || config.linux === null) return null;
  if (config.linux.cgroupDriver === 0) return 'systemd';
  return config.linux.cgroupDriver === 1 ? 'cgroupfs' : null;
};

export const toAnswer = ({ version, status, sandboxes, config, images }: RawAnswers): CriAnswer => ({
  answered: true,
  runtimeName: version.runtimeName,
  runtimeVersion: version.runtimeVersion,
  conditions: (status.status?.conditions ?? []).map(({ type, status: isTrue, reason, message }) => ({
    type,
    status: isTrue,
    reason,
    message,
  })),
  config: parsed(status.info.config),
  cgroupDriver: driverOf(config),
  // An empty name stands for the default handler, which is listed by its own name too.
  handlers: status.runtimeHandlers.map(({ name }) => name).filter(name => name !== ''),
  sandboxes: sandboxes.items.filter(item => !isProof(item)).length,
  proofs: sandboxes.items.filter(isProof).length,
  ...(images === null
    ? {}
    : {
        images: images.images.map(({ repoTags, repoDigests, pinned }) => ({
          names: [...repoTags, ...repoDigests],
          pinned,
        })),
      }),
});
