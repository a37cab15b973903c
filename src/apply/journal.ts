/** One line of a run's journal: `seq epoch event step detail` (templates/host/engine.sh). */
export interface JournalEntry {
  readonly seq: number;
  /** Seconds on the host's clock; for people only. */
  readonly epochSeconds: number;
  readonly event: JournalEvent;
  /** `2-3`: round 2, step 3; a hold's name; `-` where neither fits. */
  readonly step: string;
  readonly detail: string;
}

const events = [
  'start',
  'guarded',
  'phase',
  // The undo of a step is due although it has not begun; and it was done, or there was nothing to do.
  'arm',
  'disarm',
  'begin',
  'done',
  'mismatch',
  'failed',
  'hold',
  'answer',
  'note',
  'revert',
  'undone',
  'stuck',
  'recover',
  'rollback',
  // From here on a reset goes to its end.
  'reset',
  'settle',
] as const;
export type JournalEvent = (typeof events)[number];

const longestLine = 8_192;
const shape = /^(\d{1,9}) (\d{1,12}) ([a-z]{1,20}) ([A-Za-z0-9-]{1,80})(?: (.*))?$/s;
const isEvent = (word: string): word is JournalEvent => events.some(event => event === word);

/** `\n` → line break, `\\` → backslash: the host program writes reasons of several lines as one. */
const unfold = (text: string): string =>
  text.replace(/\\(.)/g, (_, character: string) => (character === 'n' ? '\n' : character));

/** Total: a line that is cut, too long, or of an unknown event is undefined. */
export const parseJournalLine = (line: string): JournalEntry | undefined => {
  if (line.length > longestLine || /[\u0000-\u001f]/.test(line)) return undefined;
  const [, seq, epoch, event, step, detail] = shape.exec(line) ?? [];
  if (seq === undefined || epoch === undefined || event === undefined || step === undefined) return undefined;
  if (!isEvent(event)) return undefined;
  return { seq: Number(seq), epochSeconds: Number(epoch), event, step, detail: unfold(detail ?? '').trim() };
};

export const settleWords = ['committed', 'reverted', 'partial', 'rolled-back', 'reset', 'unchanged'] as const;
export type SettleWord = (typeof settleWords)[number];
const isSettleWord = (word: string): word is SettleWord => settleWords.some(known => known === word);

export interface StepFailure {
  /** mismatch: the host is not as planned. failed: it could not be done. */
  readonly event: 'mismatch' | 'failed';
  readonly step: string;
  readonly reason: string;
}

/** What a journal says so far. */
export interface RunProgress {
  readonly steps: ReadonlyMap<string, 'begun' | 'done' | 'failed' | 'undone' | 'stuck'>;
  /** The first thing that went wrong. */
  readonly failure: StepFailure | undefined;
  /** What an undo left on purpose, and said. */
  readonly kept: readonly string[];
  readonly stuck: readonly { readonly step: string; readonly reason: string }[];
  readonly openHold: string | undefined;
  readonly settled: SettleWord | undefined;
}

export const noProgress: RunProgress = {
  steps: new Map(),
  failure: undefined,
  kept: [],
  stuck: [],
  openHold: undefined,
  settled: undefined,
};

const withStep = (
  progress: RunProgress,
  step: string,
  status: 'begun' | 'done' | 'failed' | 'undone' | 'stuck',
): RunProgress => ({ ...progress, steps: new Map([...progress.steps, [step, status]]) });

/** Pure fold over the entries, in order. */
export const advance = (progress: RunProgress, entry: JournalEntry): RunProgress => {
  const { event, step, detail } = entry;
  switch (event) {
    case 'begin':
      return withStep(progress, step, 'begun');
    case 'done':
      return withStep(progress, step, 'done');
    case 'mismatch':
    case 'failed':
      return {
        ...(step !== '-' && progress.steps.has(step) ? withStep(progress, step, 'failed') : progress),
        failure: progress.failure ?? { event, step, reason: detail },
      };
    case 'undone': {
      const next = withStep(progress, step, 'undone');
      return detail === '' ? next : { ...next, kept: [...progress.kept, detail] };
    }
    case 'stuck':
      return { ...withStep(progress, step, 'stuck'), stuck: [...progress.stuck, { step, reason: detail }] };
    case 'hold':
      return { ...progress, openHold: step };
    case 'answer':
      return { ...progress, openHold: undefined };
    case 'rollback':
    case 'recover':
      return { ...progress, openHold: undefined, settled: undefined };
    case 'settle':
      return { ...progress, openHold: undefined, settled: isSettleWord(detail) ? detail : undefined };
    default:
      return progress;
  }
};
