import type { Severity } from '../../core/result.ts';
import type { Sysctl } from '../../facts/sysctl.ts';
import type { Verdict } from '../check.ts';

export interface LiveRule {
  readonly key: string;
  readonly wanted: string;
  /** One sentence: what is wrong and what it breaks. */
  readonly harm: string;
  readonly severity?: Severity;
}

/** The value that the kernel uses now. A key that does not exist is a failure too; checks that know better ask first. */
export const judgeLiveValue = (sysctl: Sysctl, { key, wanted, harm, severity }: LiveRule): Verdict => {
  const value = sysctl[key];
  if (value === undefined) return { status: 'unknown', reason: `${key} was not read` };
  if (value === wanted) return { status: 'pass', observed: `${key} = ${value}` };
  return {
    status: 'fail',
    message: harm,
    observed: value === null ? `${key} does not exist` : `${key} = ${value}`,
    expected: `${key} = ${wanted}`,
    remedy: `nodeprep apply, or by hand: sysctl -w ${key}=${wanted}`,
    fixedByApply: true,
    ...(severity === undefined ? {} : { severity }),
  };
};
