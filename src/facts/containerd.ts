import type { HostFile } from './fact.ts';

export interface Containerd {
  /** Empty = not installed. */
  readonly binary: string;
  /** `1.7.24`; undefined when not installed. */
  readonly version: string | undefined;
  /** /etc/containerd/config.toml as it is (type absent when missing). */
  readonly config: HostFile;
  /** Files that config.toml imports, resolved, in order. */
  readonly imports: readonly HostFile[];
  /** `containerd config dump`, text; undefined when it failed, with its message in `dumpError`. */
  readonly dump: string | undefined;
  readonly dumpError: string | undefined;
  /** CRI socket exists. */
  readonly socket: boolean;
  /** Directories or files of the CNI plugins that exist. */
  readonly cniBinDirs: readonly string[];
}
