import type { Answer, FactContext } from './fact.ts';
import type { FileRead } from './files.ts';

/** Thrown by a parser that understands the answer and cannot tell: the fact becomes unknown with this reason. */
export class CannotTell extends Error {}

export const answerText = (answer: Answer | undefined): string => answer?.bytes.toString('utf8') ?? '';

export const linesOf = (text: string): readonly string[] => text.split('\n').filter(line => line !== '');

export const words = (text: string): readonly string[] => text.split(/\s+/).filter(word => word !== '');

/** `key value` lines as the fragments print them; later wins. */
export const keyValues = (answer: Answer | undefined): ReadonlyMap<string, string> =>
  new Map(
    linesOf(answerText(answer)).map(line => {
      const blank = line.indexOf(' ');
      return blank < 0 ? [line, ''] : [line.slice(0, blank), line.slice(blank + 1)];
    }),
  );

export const needsRoot = (what: string, context: FactContext): CannotTell =>
  context.root
    ? new CannotTell(`${what} cannot be read, not even by root`)
    : new CannotTell(
        `needs root: ${what} cannot be read${context.noRootReason === '' ? '' : ` (${context.noRootReason})`}`,
      );

/** Text of a file; undefined when it is absent. What exists and cannot be read is not absent. */
export const readFile = (
  files: ReadonlyMap<string, FileRead>,
  path: string,
  context: FactContext,
): string | undefined => {
  const read = files.get(path);
  if (read?.state === 'unreadable' || read?.state === 'hidden') throw needsRoot(path, context);
  return read?.state === 'file' ? read.text : undefined;
};

/** Text of a file that every Linux host has. Empty means that reading it failed. */
export const requireFile = (files: ReadonlyMap<string, FileRead>, path: string, context: FactContext): string => {
  const text = readFile(files, path, context);
  if (text === undefined) throw new CannotTell(`${path} does not exist`);
  if (text === '') throw new CannotTell(`${path} is empty or could not be read`);
  return text;
};

/** What could not be read among many files; a glob whose directory is hidden counts. */
export const refuseUnreadable = (files: ReadonlyMap<string, FileRead>, context: FactContext): void => {
  const bad = [...files.values()].find(read => read.state === 'unreadable' || read.state === 'hidden');
  if (bad !== undefined) throw needsRoot(bad.path, context);
};

export const wholeNumber = (text: string | undefined, what: string): number => {
  if (text === undefined || !/^-?\d+$/.test(text.trim())) throw new Error(`${what} is ${JSON.stringify(text ?? null)}`);
  return Number(text.trim());
};
