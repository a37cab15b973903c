import type { ArchiveComponent } from './archive-component.ts';
import type { Waiver } from './result.ts';
import type { RuntimeName } from './runtimes/index.ts';

/** What the inventory wants of one host, everything resolved (`defaults → group → host`). Pure data; checks and installers see this and facts only. */
export interface DesiredNode {
  /** Name in the inventory. */
  readonly host: string;
  readonly role: 'control-plane' | 'worker';
  readonly groups: readonly string[];
  /** `1.34`; a minor version, or with patch. */
  readonly kubernetesVersion: string;
  readonly runtime: DesiredRuntime;
  /** off: no swap now or at boot. keep: leave alone. kubelet: as the target kubelet treats it. */
  readonly swap: 'off' | 'keep' | 'kubelet';
  /** How the runtime and the package manager reach the outside; absent: the inventory says nothing, and nothing is touched. */
  readonly proxy?: DesiredProxy;
  /** A mirror of distributions and of upstream's repositories, without `/` at its end; absent: package sources stay what they are. */
  readonly packageMirror?: string;
  readonly verify: { readonly sandbox: 'auto' | 'required' | 'off' };
  /** Check id → waiver, already narrowed to this host. */
  readonly waivers: Readonly<Record<string, Waiver>>;
}

export interface DesiredRuntime {
  readonly name: RuntimeName;
  readonly source: 'distribution' | 'upstream' | 'archive';
  /** Version or prefix of one (`2.1`); undefined: what the source offers. */
  readonly version: string | undefined;
  readonly cgroupDriver: 'systemd' | 'cgroupfs';
  readonly sandboxImage: string;
  /** undefined: keep what the package ships. */
  readonly cniBinDir: string | undefined;
  /** What the inventory says of registries, one entry a name; [] = nothing, and then nothing of them is touched. */
  readonly registries: readonly DesiredRegistry[];
  /** Containers get SELinux labels of their own; absent: what the host has. */
  readonly selinux?: boolean;
  /** Under docker and mirantis: containerd may go on serving CRI too. */
  readonly keepContainerdCri?: boolean;
  /** Containers that Kubernetes does not own and that a migration may stop. */
  readonly foreignContainers?: readonly string[];
  /** For `source: upstream`; what the inventory says of it. */
  readonly repository?: DesiredRepository;
  /** The host reaches no repository: packages come from a bundle, and none is set up. */
  readonly offline?: boolean;
  /** OCI runtimes that pods may choose by a RuntimeClass; absent: what there is of handlers stays as it is. */
  readonly handlers?: readonly HandlerName[];
  /** One of `handlers`, for pods that choose none; absent: it stays what it is. */
  readonly defaultHandler?: HandlerName;
  /** Those that the inventory names: programs for `source: archive`, and the sandbox image as a file for any source. */
  readonly archives?: Readonly<Partial<Record<ArchiveComponent, DesiredArchive>>>;
}

export const handlerNames = ['runc', 'crun', 'runsc', 'kata'] as const;

/** What a RuntimeClass names as its handler. */
export type HandlerName = (typeof handlerNames)[number];

/** A package source; undefined: as upstream has it. */
export interface DesiredRepository {
  readonly url?: string;
  readonly suite?: string;
  readonly components?: readonly string[];
  readonly key?: DesiredKey;
  /** 40 upper-case hexadecimal digits. */
  readonly fingerprint?: string;
}

export type DesiredKey =
  /** Fetched by the host itself. */
  | { readonly from: 'url'; readonly url: string }
  /** Of a file on this machine; ASCII armour. */
  | { readonly from: 'file'; readonly path: string; readonly text: string };

/** Where an archive comes from; either way it is checked on the host. */
export type ArchiveSource =
  /** Fetched by the host itself. */
  | { readonly from: 'url'; readonly url: string; readonly proxy?: DesiredProxy }
  /** On this machine, absolute; pushed over the connection, once a host. */
  | { readonly from: 'file'; readonly path: string };

export interface DesiredArchive {
  readonly source: ArchiveSource;
  /** Hex, 64 digits. */
  readonly sha256: string;
}

export interface DesiredProxy {
  /** URLs without user names. */
  readonly http: string | undefined;
  readonly https: string | undefined;
  /** Hosts, domains, addresses and networks that are reached without it. */
  readonly noProxy: readonly string[];
}

export interface DesiredRegistry {
  /** `registry.k8s.io`, `host:5000`, or `*` for every registry without an entry of its own. */
  readonly name: string;
  /** URLs without `/` at the end, tried in this order before the registry itself. */
  readonly mirrors: readonly string[];
  /** Whom to trust where this host is spoken to, as registry or as mirror of another one. */
  readonly ca: LocalCertificate | undefined;
  readonly skipVerify: boolean | undefined;
}

/** Certificates from a file of the control side. */
export interface LocalCertificate {
  readonly path: string;
  /** PEM, nothing but certificates. */
  readonly text: string;
}
