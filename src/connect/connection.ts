import type { Recording } from './recording.ts';

/** How the session runs on the host. `reason` says why root was not had, in words for people. */
export type Access =
  | { readonly root: true; readonly via: 'login' | 'sudo' }
  | { readonly root: false; readonly reason: string };

/** `code: null`: the host never told us (connection lost, channel closed without status). Never success, never "no". */
export interface ExitStatus {
  readonly code: number | null;
  readonly signal: string | null;
}

export interface Session {
  readonly access: Access;
  /** Raw bytes, already past the sudo conversation. */
  readonly stdout: AsyncIterable<Buffer>;
  /** What came on stderr so far, bounded (64 KiB), for error messages. */
  stderr(): string;
  /**
   * Bytes to the program's standard input. Only after the program has said by a line of output that it reads:
   * dash reads its script in blocks and would take earlier bytes as script.
   */
  write(bytes: string | Uint8Array): void;
  /** Once what was written has left our memory, so that a large file never is in it as a whole; at once where nobody reads any more. */
  drained(): Promise<void>;
  endInput(): void;
  /** Resolves when the session is over, also when the connection is lost; never rejects. */
  readonly exit: Promise<ExitStatus>;
  /** Closes the channel now, e.g. because the host sends too much. */
  close(): void;
}

export interface StartOptions {
  /** root: fail with `sudo-password` or `sudo-refused` where it cannot be had. best: else run as the login user. */
  readonly as: 'root' | 'best';
  readonly signal?: AbortSignal;
}

/**
 * The one port to a host: ssh, local, recorded, and the fake in tests. Planning code never holds one.
 * Errors are `NodeprepError` with the codes of core/errors.ts.
 */
export interface Connection {
  readonly host: string;
  readonly address: string;
  /**
   * Runs a POSIX sh program: text sent over standard input to `sh -s`, as root where `as` says so (design 3.2).
   * The program must wrap itself in a function that is called on its last line, so that a cut transfer runs nothing.
   */
  start(program: string, options: StartOptions): Promise<Session>;
  /** Set on a recorded host: `gather` and `askCri` answer from here, `start` throws. */
  readonly replay?: Recording;
  close(): Promise<void>;
}
