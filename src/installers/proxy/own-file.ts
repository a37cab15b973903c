import type { HostFile } from '../../facts/fact.ts';
import { disruptionOf } from '../disruption.ts';
import { type FileWish, fileChange, isOwnFile, pathStateOf } from '../file-change.ts';
import type { InstallerPlan, Refusal } from '../installer.ts';
import { nothing, planRefused, refused } from '../known-facts.ts';

export type Wish = Pick<FileWish, 'summary' | 'because' | 'disruption'>;

/** Of a file that only the package manager reads. */
export const packageWish = (manager: string): Wish => ({
  summary: `${manager} fetches packages through the proxy`,
  because: 'the inventory asks for it',
  disruption: disruptionOf('package-proxy'),
});

/** A file that nodeprep owns, whole. */
export const ownFile = (file: HostFile, text: string, wish: Wish): InstallerPlan =>
  file.type === 'absent' || isOwnFile(file) ? writtenFile(file, text, wish) : refused(notReplaced(file));

/** A file of anybody's with new content. */
export const writtenFile = (file: HostFile, text: string, wish: Wish): InstallerPlan => {
  if (file.text === text) return nothing;
  const before = pathStateOf(file);
  if (before === undefined || before.state === 'symlink') return refused(notReplaced(file));
  const change = fileChange(file, before, text, { ...wish, phase: 'stage', settings: [wish.summary] });
  return { ...nothing, changes: [change], originals: { [file.path]: file.text ?? '' } };
};

const notReplaced = ({ path, type }: HostFile): Refusal =>
  planRefused(
    `${path} is ${type === 'file' ? 'something' : `a ${type}`} that nodeprep does not replace`,
    'Move it away, or set the proxy there yourself; then plan again.',
  );

export const otherProxy = (what: string, place: string): Refusal =>
  planRefused(
    `${place} sets ${what} to something else than the inventory`,
    'Remove that line, or make proxy in the inventory say the same; then plan again.',
  );
