import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff';
import type { FileChange } from '../changes/change.ts';

const contextLines = 3;
const nowhere = '/dev/null';

/** What a file change does to the text, with secrets masked on both sides before they are compared. */
export const unifiedDiff = (change: FileChange, original: string, mask: (text: string) => string): string => {
  const { path, before, after } = change;
  const text = after.state === 'file' ? after.text : '';
  return patch(
    before.state === 'absent' ? nowhere : path,
    after.state === 'file' ? path : nowhere,
    mask(original),
    mask(text),
  );
};

/** Two states of one file; the caller has masked secrets. */
export const textDiff = (path: string, left: string, right: string): string => patch(path, path, left, right);

const patch = (from: string, to: string, left: string, right: string): string =>
  createTwoFilesPatch(from, to, left, right, undefined, undefined, {
    context: contextLines,
    headerOptions: FILE_HEADERS_ONLY,
  });
