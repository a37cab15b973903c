import { countsAsError, isWaived } from '../core/exit-code.ts';
import type { Finding } from '../core/result.ts';

export const plural = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;

/** `2 errors, 1 warning, 1 unknown`; empty when there is nothing to tell. */
export const countFindings = (findings: readonly Finding[], at: string): string => {
  const open = findings.filter(finding => !isWaived(finding, at));
  const failing = (severity: Finding['severity']) =>
    open.filter(finding => finding.status === 'fail' && finding.severity === severity).length;
  const errors = open.filter(finding => countsAsError(finding, at, false)).length;
  const unknown = open.filter(finding => finding.status === 'unknown').length;
  const waived = findings.filter(
    finding => isWaived(finding, at) && (finding.status === 'fail' || finding.status === 'unknown'),
  ).length;
  return [
    errors && plural(errors, 'error'),
    failing('warning') && plural(failing('warning'), 'warning'),
    failing('info') && plural(failing('info'), 'note'),
    unknown && `${unknown} unknown`,
    waived && `${waived} waived`,
  ]
    .filter(part => part !== 0)
    .join(', ');
};
