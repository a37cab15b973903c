import type { HostRunEvent } from '../apply/host-run.ts';
import type { JournalEntry } from '../apply/journal.ts';
import type { HostProgress } from '../ui/progress.ts';

/** What happens on a host as lines of progress: finished things stay, what is at work is redrawn. */
export const tellEvent = (event: HostRunEvent, progress: HostProgress): void => {
  if (event.kind === 'entry') tellEntry(event.entry, progress);
  else progress.note(noteOf(event));
};

const noteOf = (event: Exclude<HostRunEvent, { kind: 'entry' }>): string => {
  switch (event.kind) {
    case 'lost':
      return 'connection lost; the run goes on by itself, connecting again';
    case 'reconnected':
      return 'connected again';
    case 'taken-over':
      return `took over run ${event.runId} of ${event.holder}, which nobody drives any more`;
    case 'recovering':
      return `settling the interrupted run ${event.runId}`;
  }
};

const tellEntry = ({ event, step, detail }: JournalEntry, progress: HostProgress): void => {
  const text = detail === '' ? step : detail;
  if (event === 'begin') progress.step(text);
  if (event === 'note' || event === 'failed' || event === 'mismatch' || event === 'stuck') progress.note(text);
  if (event === 'revert') progress.note('reverting');
  if (event === 'hold') progress.step(holdWords(step));
};

/** What is done while the host waits (templates/host/engine.sh). */
const holdWords = (hold: string): string => {
  if (hold.startsWith('drained-')) return 'draining the node';
  return hold.startsWith('sandboxes-') ? 'removing the sandboxes that are left' : 'reading what is in force';
};
