import { countsAsError } from '../core/exit-code.ts';
import type { Finding, HostResult, HostState, Run } from '../core/result.ts';
import { countFindings, plural } from './counts.ts';
import type { Context } from './finding.ts';
import { wrap } from './layout.ts';

const hostsIn = (run: Run, state: HostState): number => run.hosts.filter(host => host.state === state).length;

/** `1 host unreachable, 2 refused` */
export const troubles = (run: Run): string[] =>
  (['unreachable', 'failed', 'refused', 'skipped'] as const).flatMap(state => {
    const count = hostsIn(run, state);
    return count === 0 ? [] : [`${plural(count, 'host')} ${state}`];
  });

const isError = (run: Run) => (finding: Finding) => countsAsError(finding, run.startedAt, false);

const tally = (run: Run): string => {
  const findings = [...run.fleet, ...run.hosts.flatMap(host => host.findings)];
  const count = (status: Finding['status']) => findings.filter(finding => finding.status === status).length;
  const judged = count('pass') + count('fail');
  const hosts = hostsIn(run, 'ok');
  const left = [count('unknown') && `${count('unknown')} unknown`, count('skip') && `${count('skip')} do not apply`];
  return [
    `${count('pass')} of ${judged} checks pass on ${plural(hosts, 'host')}`,
    ...left.filter(part => part !== 0),
  ].join(', ');
};

const applyCommand = ({ options }: Context): string =>
  options.inventoryName === undefined || options.inventoryName === '-'
    ? 'nodeprep apply with an inventory that lists the host'
    : `nodeprep apply ${options.inventoryName}`;

const lacksRoot = ({ findings }: HostResult): boolean =>
  findings.some(({ check, status }) => check === 'root-access' && status !== 'pass');

const which = (fixed: number, errors: number): string => {
  const verb = fixed === 1 ? 'is' : 'are';
  if (fixed < errors) return `${fixed} of the ${errors} errors ${verb}`;
  return fixed === 1 ? 'The error is' : `All ${fixed} errors are`;
};

/** A command is never broken over lines. */
const fixable = (run: Run, context: Context): string[] => {
  const errorsOf = (findings: readonly Finding[]) => findings.filter(isError(run));
  const errors = errorsOf([...run.fleet, ...run.hosts.flatMap(host => host.findings)]);
  const fixed = errors.filter(finding => finding.fixedByApply).length;
  if (fixed === 0 || context.options.quiet) return [];
  const repaired = run.hosts.filter(host => errorsOf(host.findings).some(finding => finding.fixedByApply));
  const rootless = repaired.filter(lacksRoot).length;
  const root = rootless === 0 ? '' : `, once root can be had${rootless === repaired.length ? '' : ' on every host'},`;
  const sentence = `${which(fixed, errors.length)} fixed${root} by:`;
  const command = applyCommand(context);
  return `${sentence} ${command}`.length <= context.options.width
    ? [`${sentence} ${command}`]
    : [sentence, `  ${command}`];
};

/** The last lines: how much was looked at, what is wrong, and what to type. */
export const findingsVerdict = (run: Run, context: Context): string[] => {
  const { options, style } = context;
  const errors = [...run.fleet, ...run.hosts.flatMap(host => host.findings)].filter(isError(run));
  const hostsWithErrors = run.hosts.filter(host => host.findings.some(isError(run))).length;
  const others = countFindings(
    [...run.fleet, ...run.hosts.flatMap(host => host.findings)].filter(finding => !isError(run)(finding)),
    run.startedAt,
  );
  const onHosts = hostsWithErrors === 0 ? '' : ` on ${plural(hostsWithErrors, 'host')}`;
  const said = [errors.length === 0 ? 'No errors' : plural(errors.length, 'error') + onHosts, others, ...troubles(run)];
  const isFine = errors.length === 0 && troubles(run).length === 0;
  const paint = isFine ? style.green : errors.length > 0 || run.exitCode === 3 ? style.red : style.yellow;
  const mark = style.mark(isFine ? 'pass' : 'error');
  const sentence = `${said.filter(part => part !== '').join(', ')}.`;
  const [head = '', ...rest] = wrap(sentence, options.width - 2);
  return [
    ...(options.quiet || hostsIn(run, 'ok') === 0 ? [] : wrap(`${tally(run)}.`, options.width)),
    `${mark} ${paint(head)}`,
    ...rest.map(line => `  ${paint(line)}`),
    ...fixable(run, context),
  ];
};
