import { NodeprepError } from '../core/errors.ts';
import { escapeLine } from '../core/escape.ts';

/** One mistake in an inventory, for people and editors. `line` and `column` count from 1; absent where the file as a whole is meant. */
export interface Problem {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
  readonly message: string;
}

/** A mistake at a place in the text (offset in UTF-16 units), before it is a line and column. */
export interface Mistake {
  readonly offset: number;
  readonly message: string;
}

/** More than this helps nobody; the rest is counted. */
const shownProblems = 200;

/** Every problem at once, each with its place. The message is the whole text for the terminal. */
export class InventoryError extends NodeprepError {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super('inventory', formatProblems(problems));
    this.name = 'InventoryError';
    this.problems = problems;
  }
}

export const formatProblems = (problems: readonly Problem[]): string => {
  const hidden = problems.length - shownProblems;
  return [
    ...problems.slice(0, shownProblems).map(formatProblem),
    ...(hidden > 0 ? [`… and ${hidden} more`] : []),
    `${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}. No host was contacted.`,
  ].join('\n');
};

const formatProblem = ({ file, line, column, message }: Problem): string => {
  const place = line === undefined ? file : `${file}:${line}:${column ?? 1}`;
  return escapeLine(`${place}: ${message}`);
};
