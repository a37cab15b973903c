import type { PlannedChange } from '../core/result.ts';
import { plural } from './counts.ts';
import type { Context } from './finding.ts';
import { edged, keyed } from './layout.ts';
import type { Sign } from './style.ts';

/** Longer diffs are told in full with --verbose. */
const maxDiffLines = 60;

export const signOf = (change: PlannedChange): Sign => {
  if (change.summary.startsWith('removed')) return 'remove';
  if (change.kind === 'service') return change.disruption === 'none' ? 'change' : 'restart';
  if (['package', 'archive', 'image', 'directory', 'module'].includes(change.kind)) return 'add';
  if (change.kind === 'swap' || /^\+\+\+ \/dev\/null/m.test(change.diff ?? '')) return 'remove';
  return /^--- \/dev\/null/m.test(change.diff ?? '') ? 'add' : 'change';
};

/** Paths and keys speak for themselves; other targets say what they are. */
const nameOf = ({ kind, target }: PlannedChange): string =>
  ['file', 'directory', 'sysctl', 'later'].includes(kind) ? target : `${kind} ${target}`;

const diffLines = (diff: string, { style, options }: Context): string[] => {
  const lines = diff
    .replace(/\n$/, '')
    .split('\n')
    .filter(line => !/^(---|\+\+\+|Index:|=====)/.test(line));
  const shown = options.verbose ? lines : lines.slice(0, maxDiffLines);
  const paintOf = (line: string) =>
    line.startsWith('+')
      ? style.green
      : line.startsWith('-')
        ? style.red
        : line.startsWith('@@')
          ? style.cyan
          : style.dim;
  const left = lines.length - shown.length;
  return [
    ...shown.map(line => `      ${paintOf(line)(line)}`),
    ...(left > 0 ? [`      … ${plural(left, 'more line')}, all with --verbose`] : []),
  ];
};

const notes = (change: PlannedChange): string =>
  [change.disruption === 'none' ? '' : change.disruption, change.reversible ? '' : 'cannot be undone']
    .filter(part => part !== '')
    .join(', ');

export const renderChange = (change: PlannedChange, mark: string, context: Context): string[] => {
  const { options, style } = context;
  const name = nameOf(change);
  const says = change.summary === '' || change.summary === name ? [] : keyed('', change.summary, 6, 0, options.width);
  const because = change.because === '' ? [] : keyed('because', change.because, 6, 9, options.width);
  return [
    ...edged(`  ${mark} `, name, notes(change), options.width, { right: style.yellow }),
    ...(options.quiet ? [] : [...says, ...because.map(style.dim), ...diffLines(change.diff ?? '', context)]),
  ].filter(line => line.trim() !== '');
};
