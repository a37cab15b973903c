import type { Readable } from 'node:stream';

/** Standard error up to the moment when our program runs. The script marks where sudo begins and where it gave up. */
export interface SudoListener {
  asked(): boolean;
  /** What came after the script started sudo (all, where it did not mark that), without the mark that ends it. */
  said(): string;
  text(): string;
  /** Resolves when the script has marked that sudo refused. */
  readonly refused: Promise<void>;
  /** Called with what sudo has said whenever there is more of it. */
  onWords(listener: (said: string) => void): void;
  stop(): void;
}

const LIMIT_BYTES = 64 * 1024;

export const listenToSudo = (stderr: Readable, mark: string): SudoListener => {
  let bytes = Buffer.alloc(0);
  let listener: (said: string) => void = () => undefined;
  let resolveRefused: () => void = () => undefined;
  const refused = new Promise<void>(resolve => {
    resolveRefused = resolve;
  });
  const startOfWords = `${mark} asking\n`;
  const endOfWords = `${mark} refused\n`;
  const text = (): string => bytes.toString('utf8');
  const said = (): string => {
    const whole = text();
    const end = whole.indexOf(endOfWords);
    const start = whole.indexOf(startOfWords);
    return whole.slice(start < 0 ? 0 : start + startOfWords.length, end < 0 ? undefined : end);
  };
  const onData = (chunk: Buffer): void => {
    if (bytes.length < LIMIT_BYTES) bytes = Buffer.concat([bytes, chunk]);
    if (bytes.includes(endOfWords)) resolveRefused();
    if (bytes.includes(startOfWords)) listener(said());
  };
  stderr.on('data', onData);
  return {
    asked: () => bytes.includes(startOfWords),
    said,
    text,
    refused,
    onWords: next => {
      listener = next;
    },
    stop: () => void stderr.off('data', onData),
  };
};
