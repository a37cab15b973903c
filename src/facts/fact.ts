import type { Observed } from '../core/observed.ts';
import type { FileRead } from './files.ts';

/** One thing the fact program does on the host. Read-only, always. */
export type Item =
  /**
   * Small text files; the files of all facts are read by one process, so one more costs nothing. Globs allowed.
   * `stat` adds owner, mode, size, times, links and hash. `more` is a fragment that sets `$more` to further paths or globs,
   * one a line. Decode the answer with `decodeFiles`.
   */
  | { readonly kind: 'files'; readonly paths: readonly string[]; readonly stat?: boolean; readonly more?: string }
  /** One file, byte for byte, cut at `maxBytes` (1 MiB). Exit code 3: absent. 4: not readable. */
  | { readonly kind: 'exact'; readonly path: string; readonly maxBytes?: number }
  /**
   * A POSIX sh fragment; only builtins and a busybox-class userland. It runs as a function of the one program: no `exit`, no `cd`,
   * no subshell where a builtin does. What can hang is started with `limit COMMAND …`, which ends it after `timeoutSeconds` (10)
   * with exit code 124. `$release` is the running kernel. stderr is discarded. Mind that dash's `read` gets one byte of a /proc/sys file.
   */
  | { readonly kind: 'sh'; readonly script: string; readonly timeoutSeconds?: number };

/** What came back for one item. Decode bytes once, when they are complete. */
export interface Answer {
  readonly exitCode: number;
  readonly bytes: Buffer;
  /** The host or we cut it at the limit: the value must become unknown. */
  readonly truncated: boolean;
  /** Of a `files` item that was just read: what `bytes` says, decoded. */
  readonly files?: ReadonlyMap<string, FileRead>;
}

/**
 * One read-only question to a host: what is read, and a parser. `parse` is pure and throws when the text is not what real
 * hosts give; `gather` turns that into `unknown` with the reason. Item ids are `<fact id>` or `<fact id>.<item>`.
 */
export interface Fact<T> {
  readonly items: Readonly<Record<string, Item>>;
  /** Dear facts are gathered only by the commands that need them. */
  readonly dear?: boolean;
  parse(answers: Readonly<Record<string, Answer>>, context: FactContext): Observed<T>;
}

export interface FactContext {
  readonly root: boolean;
  /** Why root was not had; used in `unknown: needs root: …`. */
  readonly noRootReason: string;
  /** Milliseconds since the epoch on the control side, around the round trip. */
  readonly sentAt: number;
  readonly receivedAt: number;
}

/** A file as it is on the host, enough to plan an edit and to guard it (design 3.6). */
export interface HostFile {
  readonly path: string;
  readonly type: 'file' | 'directory' | 'symlink' | 'absent' | 'other';
  /** Octal, e.g. `0644`; empty when absent. */
  readonly mode: string;
  readonly uid: number;
  readonly gid: number;
  readonly sizeBytes: number;
  /** Seconds since the epoch on the host's clock. */
  readonly mtimeSeconds: number;
  /** Target of a symbolic link, as such. */
  readonly linkTarget: string | undefined;
  /** Of the raw bytes; undefined for what is no regular file (a link is followed). */
  readonly sha256: string | undefined;
  /** UTF-8 text; undefined when absent, binary, or unreadable. */
  readonly text: string | undefined;
}
