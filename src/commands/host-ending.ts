import type { HostResult } from '../core/result.ts';
import type { HostProgress } from '../ui/progress.ts';

const words = { unchanged: 'unchanged', reverted: 'reverted', partial: 'reverted only in part' };

/** One line; the report tells the rest. What went wrong is told once: not again where a note has said it when it happened. */
export const endingOf = ({ error, outcome, state }: HostResult, notes: readonly string[], done: string): string => {
  const [reason = ''] = (error?.message ?? '').split('\n', 1);
  const end = outcome === undefined ? state : { ...words, changed: done }[outcome];
  if (reason === '') return end;
  const isTold = notes.some(note => note.startsWith(reason));
  if (outcome === 'reverted' || outcome === 'partial') return isTold ? end : `${end}: ${reason}`;
  return isTold ? `${state}, ${end}` : reason;
};

/** Keeps the notes, for `endingOf`. */
export const withNotes = (progress: HostProgress): { readonly progress: HostProgress; readonly notes: string[] } => {
  const notes: string[] = [];
  const note = (text: string): void => {
    notes.push(text);
    progress.note(text);
  };
  return { progress: { ...progress, note }, notes };
};
