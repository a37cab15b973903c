import type { DesiredRuntime, HandlerName } from '../../core/desired.ts';
import type { OciRuntimes } from '../../facts/oci-runtimes.ts';
import type { OsFamily } from '../../os/os-family.ts';
import type { Literal } from '../../toml/literal.ts';
import type { TomlValue } from '../../toml/parse.ts';
import type { TomlFileWish } from './files.ts';

/** A key below the table of a handler. */
export interface HandlerKey {
  readonly path: readonly string[];
  readonly value: Literal;
  /** What may stand there as well; default: nothing but `value`. */
  readonly accepts?: (found: TomlValue | undefined) => boolean;
}

/** What a runtime's configuration must say of one handler. */
export interface HandlerTable {
  readonly name: HandlerName;
  readonly keys: readonly HandlerKey[];
}

/** How one runtime is led to a handler. */
export interface HandlerSide {
  /** Programs without which it does not run. */
  readonly programs: readonly string[];
  /** They come with packages of the runtime itself. */
  readonly bundled?: true;
  keys(where: (program: string) => string, runtime: DesiredRuntime): readonly HandlerKey[];
  /** Files of its own that say what the runtime's configuration cannot; read at the start of each sandbox. */
  files?(found: OciRuntimes, runtime: DesiredRuntime): readonly TomlFileWish[];
}

/** One OCI runtime: what is needed of it, and where it reads its cgroup driver. One file each. */
export interface OciHandler {
  readonly name: HandlerName;
  /** In sentences. */
  readonly label: string;
  /** Package with its program, by package manager. */
  readonly packages: Readonly<Partial<Record<OsFamily['packageManager'], string>>>;
  /** For people, where it is missing and no package brings it. */
  readonly howToGet: string;
  readonly containerd: HandlerSide;
  readonly crio: HandlerSide;
}

/** Under CRI-O, which tells conmon nothing but which program it is. */
export const byConmon = (name: HandlerName): HandlerSide => ({
  programs: [name],
  keys: where => [
    { path: ['runtime_path'], value: where(name) },
    { path: ['runtime_root'], value: `/run/${name}` },
  ],
});

export const isSet = (found: TomlValue | undefined): boolean => found !== undefined && found !== '';

/** Some build of the same program, wherever it is: `/opt/crun-1.20`. */
export const isProgram =
  (name: string) =>
  (found: TomlValue | undefined): boolean =>
    typeof found === 'string' && (found.split('/').at(-1) ?? '').startsWith(name);
