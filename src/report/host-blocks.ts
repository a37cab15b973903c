import type { HostResult } from '../core/result.ts';
import { countFindings, plural } from './counts.ts';
import { type Context, isWorthTelling, rankOf, renderFinding } from './finding.ts';
import { foldHosts } from './fold-hosts.ts';
import { edged, keyed } from './layout.ts';
import { type Shares, shareFindings } from './share.ts';

interface Block {
  readonly hosts: readonly HostResult[];
  readonly body: readonly string[];
  readonly right: string;
}

const stateOf = (host: HostResult, { style }: Context): string =>
  host.state === 'skipped' ? style.dim('skipped') : style.red(host.state);

const errorLines = (host: HostResult, { options }: Context): string[] => {
  const { error } = host;
  if (error === undefined) return [];
  const hint = error.hint === undefined ? [] : keyed('', error.hint, 2, 0, options.width);
  return [...keyed('', error.message, 2, 0, options.width), ...(options.quiet ? [] : hint)];
};

const runtimeLines = ({ runtime }: HostResult, { options }: Context): string[] => {
  if (runtime === undefined || !options.verbose) return [];
  const says = `${runtime.name} ${runtime.version} at ${runtime.endpoint}: cgroup driver ${runtime.cgroupDriver} (${runtime.cgroupDriverFrom}), sandbox image ${runtime.sandboxImage}`;
  return keyed('in force', says, 2, 11, options.width);
};

const countsOf = (host: HostResult, context: Context): string => {
  const counts = countFindings(host.findings, context.at);
  if (host.state !== 'ok') return [stateOf(host, context), counts].filter(part => part !== '').join(', ');
  return counts === '' ? context.style.green('ok') : counts;
};

const sharedOnly = (host: HostResult, shares: Shares, context: Context): boolean =>
  shares.ownOf(host).length === 0 && host.findings.some(finding => isWorthTelling(finding, context));

const bodyOf = (host: HostResult, shares: Shares, context: Context): string[] => [
  ...errorLines(host, context),
  ...runtimeLines(host, context),
  ...[...shares.ownOf(host)]
    .sort((a, b) => rankOf(a, context.at) - rankOf(b, context.at))
    .flatMap(finding => renderFinding(finding, context)),
];

const blockOf = (host: HostResult, shares: Shares, context: Context): Block => ({
  hosts: [host],
  body: bodyOf(host, shares, context),
  right: countsOf(host, context) + (sharedOnly(host, shares, context) ? ', told above' : ''),
});

/** Hosts of which there is the same to say become one block, at the place of the first. */
const foldBlocks = (blocks: readonly Block[]): Block[] => {
  const byWords = new Map<string, Block>();
  for (const block of blocks) {
    const summary = block.hosts[0]?.summary;
    const words = JSON.stringify([summary, block.right, block.body]);
    const before = byWords.get(words);
    byWords.set(words, before ? { ...before, hosts: [...before.hosts, ...block.hosts] } : block);
  }
  return [...byWords.values()];
};

const heading = ({ hosts, right }: Block, { options, style }: Context): string[] => {
  const host = hosts[0];
  const names = foldHosts(hosts.map(each => each.host));
  const address = host !== undefined && host.address !== host.host ? host.address : '';
  const where = hosts.length === 1 ? address : plural(hosts.length, 'host');
  const rest = [where, host?.summary ?? ''].filter(part => part !== '').join('  ');
  const bold = (line: string) => (line.startsWith(names) ? style.bold(names) + line.slice(names.length) : line);
  return edged('', rest === '' ? names : `${names}  ${rest}`, right, options.width, { text: bold });
};

const sharedLines = (shares: Shares, context: Context): string[] => {
  if (shares.shared.length === 0) return [];
  const findings = [...shares.shared]
    .sort((a, b) => rankOf(a.finding, context.at) - rankOf(b.finding, context.at))
    .flatMap(({ finding, hosts }) =>
      renderFinding(finding, context, `  (${foldHosts(hosts)}, ${plural(hosts.length, 'host')})`),
    );
  return [context.style.bold('on several hosts'), ...findings, ''];
};

const isSilent = (block: Block, { options }: Context): boolean =>
  options.quiet && block.body.length === 0 && block.hosts.every(host => host.state === 'ok');

/** Blocks with something below their heading stand apart; headings alone stand together. */
const spaced = (blocks: readonly Block[], context: Context): string[] =>
  blocks.flatMap((block, index) => {
    const next = blocks[index + 1];
    const isApart = block.body.length > 0 || next === undefined || next.body.length > 0;
    return [...heading(block, context), ...block.body, ...(isApart ? [''] : [])];
  });

/** Everything there is to tell about hosts, from their findings: what hosts share once, then host by host as in the inventory. */
export const renderHosts = (hosts: readonly HostResult[], context: Context): string[] => {
  const shares = shareFindings(hosts, finding => isWorthTelling(finding, context));
  const blocks = foldBlocks(hosts.map(host => blockOf(host, shares, context)));
  const told = blocks.filter(block => !isSilent(block, context));
  return [...sharedLines(shares, context), ...spaced(told, context)];
};
