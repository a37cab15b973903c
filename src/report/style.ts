import type { ReportOptions } from './options.ts';

type Paint = (text: string) => string;
type MarkName = 'error' | 'warning' | 'info' | 'unknown' | 'pass' | 'skip' | 'waived' | Sign;
export type Sign = 'add' | 'change' | 'remove' | 'restart' | 'reverted' | 'notRun';

export interface Style {
  readonly red: Paint;
  readonly yellow: Paint;
  readonly green: Paint;
  readonly cyan: Paint;
  readonly dim: Paint;
  readonly bold: Paint;
  /** The mark alone says it; its colour only repeats it. */
  mark(name: MarkName): string;
}

const unicodeMarks = {
  error: '✗',
  warning: '!',
  info: 'i',
  unknown: '?',
  pass: '✓',
  skip: '-',
  waived: 'w',
  add: '+',
  change: '~',
  remove: '-',
  restart: '↻',
  reverted: '↺',
  notRun: '·',
} as const satisfies Record<MarkName, string>;

const asciiMarks: Readonly<Record<MarkName, string>> = {
  ...unicodeMarks,
  error: 'x',
  pass: 'v',
  restart: '@',
  reverted: '<',
  notRun: '.',
};

const colorOf: Readonly<Record<MarkName, 'red' | 'yellow' | 'green' | 'cyan' | 'dim'>> = {
  error: 'red',
  warning: 'yellow',
  info: 'cyan',
  unknown: 'yellow',
  pass: 'green',
  skip: 'dim',
  waived: 'dim',
  add: 'green',
  change: 'yellow',
  remove: 'red',
  restart: 'yellow',
  reverted: 'yellow',
  notRun: 'dim',
};

const plain: Paint = text => text;
/** SGR on and off codes: ECMA-48 8.3.117. */
const sgr =
  (on: number, off: number): Paint =>
  text =>
    text === '' ? '' : `\u001b[${on}m${text}\u001b[${off}m`;

export const styleOf = ({ color, ascii }: Pick<ReportOptions, 'color' | 'ascii'>): Style => {
  const paint = (on: number, off: number) => (color ? sgr(on, off) : plain);
  const paints = {
    red: paint(31, 39),
    yellow: paint(33, 39),
    green: paint(32, 39),
    cyan: paint(36, 39),
    dim: paint(2, 22),
    bold: paint(1, 22),
  };
  const marks = ascii ? asciiMarks : unicodeMarks;
  return { ...paints, mark: name => paints[colorOf[name]](marks[name]) };
};
