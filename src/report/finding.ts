import { isWaived } from '../core/exit-code.ts';
import type { Finding } from '../core/result.ts';
import { edged, keyed } from './layout.ts';
import type { ReportOptions } from './options.ts';
import type { Style } from './style.ts';

/** What every part of the report needs to know to render one thing. */
export interface Context {
  readonly options: ReportOptions;
  readonly style: Style;
  /** Start of the run, ISO; decides which waivers still count. */
  readonly at: string;
}

const keyWidth = 11;

/** Errors first, then warnings, notes, what could not be judged, what is waived, and last what was skipped or passes. */
export const rankOf = (finding: Finding, at: string): number => {
  if (finding.status === 'pass') return 6;
  if (finding.status === 'skip') return 5;
  if (isWaived(finding, at)) return 4;
  if (finding.status === 'unknown') return 3;
  return { error: 0, warning: 1, info: 2 }[finding.severity];
};

export const isWorthTelling = (finding: Finding, { options, at }: Context): boolean => {
  const rank = rankOf(finding, at);
  if (options.quiet) return rank === 0;
  return options.verbose || rank < 5;
};

const markOf = (finding: Finding, { style, at }: Context): string => {
  if (finding.status === 'pass') return style.mark('pass');
  if (finding.status === 'skip') return style.mark('skip');
  if (isWaived(finding, at)) return style.mark('waived');
  return style.mark(finding.status === 'unknown' ? 'unknown' : finding.severity);
};

const headline = (finding: Finding): string => {
  if (finding.status === 'fail') return finding.message;
  if (finding.status === 'pass') return finding.title;
  return finding.message === '' || finding.message === finding.title
    ? finding.title
    : `${finding.title}: ${finding.message}`;
};

const details = (finding: Finding, context: Context): (readonly [string, string | undefined])[] => {
  const { options } = context;
  if (options.quiet) return [['remedy', finding.remedy]];
  if (finding.status === 'pass') return [['observed', finding.observed]];
  if (finding.status === 'skip') return [];
  const waiver = finding.waiver;
  const isSourceTold = finding.status === 'fail' || options.verbose;
  return [
    ['observed', finding.observed],
    ['expected', finding.expected],
    ['remedy', finding.remedy],
    [
      'waived',
      waiver &&
        `${isWaived(finding, context.at) ? 'until' : 'ran out on'} ${waiver.expires}, ${waiver.owner}: ${waiver.reason}`,
    ],
    ['source', isSourceTold ? finding.source : undefined],
  ];
};

/** One finding; `where` names the hosts when several share it. */
export const renderFinding = (finding: Finding, context: Context, where = ''): string[] => {
  const { options, style } = context;
  const indent = options.width < 60 ? 4 : 6;
  const head = edged(`  ${markOf(finding, context)} `, headline(finding) + where, finding.check, options.width, {
    right: style.dim,
  });
  const rest = details(finding, context).flatMap(([key, text]) =>
    text === undefined || text === '' ? [] : keyed(key, text, indent, keyWidth, options.width),
  );
  return [...head, ...rest];
};
