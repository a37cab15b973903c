import { escapeLine, escapeText } from '../core/escape.ts';
import type { Run } from '../core/result.ts';
import { renderApply } from './apply.ts';
import { renderCheck } from './check.ts';
import type { Context } from './finding.ts';
import type { ReportOptions } from './options.ts';
import { renderPlan } from './plan.ts';
import { styleOf } from './style.ts';

/** Where a line break is part of what is said; anywhere else it would let a host forge lines of the report. */
const severalLines: ReadonlySet<string> = new Set(['message', 'hint', 'observed', 'expected', 'remedy', 'diff']);

/** Every text of the run may come from a host: made safe for a terminal here, once. */
const escapeAll = <T>(value: T, key = ''): T => {
  if (typeof value === 'string') return (severalLines.has(key) ? escapeText(value) : escapeLine(value)) as T;
  if (Array.isArray(value)) return value.map(each => escapeAll(each, key)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, escapeAll(each, name)])) as T;
};

const renderers = {
  check: renderCheck,
  plan: renderPlan,
  apply: renderApply,
  rollback: renderApply,
  recover: renderApply,
  reset: renderApply,
} satisfies Record<Run['command'], (run: Run, context: Context) => string[]>;

/** The result for people: what is wrong, where, what was expected, what to type next. */
export const renderHuman = (run: Run, options: ReportOptions): string => {
  const safe = escapeAll(run);
  const context: Context = {
    options: { ...options, rolloutNotes: escapeAll(options.rolloutNotes), width: Math.max(30, options.width || 80) },
    style: styleOf(options),
    at: run.startedAt,
  };
  const lines = renderers[run.command](safe, context).map(line => line.trimEnd());
  return `${lines.join('\n')}\n`;
};
