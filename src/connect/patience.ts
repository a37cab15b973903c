/** How long one answer is waited for. Every item has a limit of its own on the host, so that a slow host goes on speaking. */
const silenceMs = 60_000;
const wholeMs = 300_000;

export interface Patience {
  /** Fires with the words for what the host did. */
  readonly signal: AbortSignal;
  /** The host has said something. */
  heard(): void;
  stop(): void;
}

export const createPatience = (): Patience => {
  const controller = new AbortController();
  const after = (milliseconds: number, words: string): NodeJS.Timeout =>
    setTimeout(() => controller.abort(words), milliseconds).unref();
  const silence = after(silenceMs, `said nothing for ${silenceMs / 1_000} s`);
  const whole = after(wholeMs, `had not finished answering after ${wholeMs / 60_000} min`);
  return {
    signal: controller.signal,
    heard: () => void silence.refresh(),
    stop: () => {
      clearTimeout(silence);
      clearTimeout(whole);
    },
  };
};
