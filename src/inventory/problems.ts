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
export const toldProblems = 1_000;

/** Every problem at once, each with its place. The message is the whole text for the terminal. */
export class InventoryError extends NodeprepError {
  /** In the order of the file; the first thousand. */
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[], total = problems.length) {
    const told = problems.slice(0, toldProblems);
    super('inventory', formatProblems(told, total));
    this.name = 'InventoryError';
    this.problems = told;
  }
}

const formatProblems = (problems: readonly Problem[], total: number): string =>
  [
    ...problems.map(formatProblem),
    ...(total > problems.length ? [`… and ${total - problems.length} more`] : []),
    `${total} ${total === 1 ? 'problem' : 'problems'}. No host was contacted.`,
  ].join('\n');

const formatProblem = ({ file, line, column, message }: Problem): string => {
  const place = line === undefined ? file : `${file}:${line}:${column ?? 1}`;
  return escapeLine(`${place}: ${message}`);
};
