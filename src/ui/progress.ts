import { escapeLine } from '../core/escape.ts';

/** What one host is doing. `step`: begun now. `note`: something is finished and worth keeping. `done`: this host is finished. */
export interface HostProgress {
  step(text: string): void;
  note(text: string): void;
  done(text: string, ok: boolean): void;
}

/** Tells people what goes on; never decides anything. Everything goes to stderr. */
export interface Progress {
  host(name: string): HostProgress;
  /** Takes the live lines away and writes what is still to be written. Safe to call twice. */
  close(): Promise<void>;
}

export interface ProgressOptions {
  readonly stream: NodeJS.WriteStream;
  /** On a terminal what is at work is redrawn in place; elsewhere there are lines only. */
  readonly isTerminal: boolean;
  readonly quiet: boolean;
  /** hosts: each host at work has its line, and what it finished stays. count: `12/200 hosts`, for commands that only read. */
  readonly detail: 'hosts' | 'count';
  readonly total: number;
  readonly now: () => Date;
}

const longestLine = 400;

export const silentProgress: Progress = {
  host: () => ({ step: () => {}, note: () => {}, done: () => {} }),
  close: async () => {},
};

/** `02:14:07 worker-1  cordoned`, UTC like the run id. */
export const timedLine = (now: Date, host: string, text: string): string =>
  `${now.toISOString().slice(11, 19)} ${escapeLine(host, 80)}  ${escapeLine(text, longestLine)}`;

/** For logs: what is finished, one line each. With `count` the report says it all, so only notes are told. */
export const plainProgress = ({ stream, detail, now }: ProgressOptions): Progress => {
  const write = (host: string, text: string) => stream.write(`${timedLine(now(), host, text)}\n`);
  return {
    host: name => ({
      step: () => {},
      note: text => write(name, text),
      done: text => {
        if (detail === 'hosts') write(name, text);
      },
    }),
    close: async () => {},
  };
};

/** listr2 is loaded only where something is drawn. */
export const startProgress = async (options: ProgressOptions): Promise<Progress> => {
  if (options.quiet) return silentProgress;
  if (!options.isTerminal) return plainProgress(options);
  const { terminalProgress } = await import('./terminal-progress.ts');
  return terminalProgress(options);
};
