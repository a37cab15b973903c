import { checkReferences, reportUnknown, type Survey } from './check-references.ts';
import { formatPath } from './path.ts';
import { findAt, itemsAt } from './yaml-tree.ts';

export const maxWaivers = 1_000;

/** Waivers name checks and hosts that exist, and no check twice for a host: it would be unclear which date holds. */
export const checkWaivers = (survey: Survey, knownChecks: readonly string[] | undefined): void => {
  const hostsOrGroups = new Set([...survey.hosts, ...survey.groups]);
  const waivedBy = new Map<string, number>();
  for (const index of itemsAt(survey.root, ['waivers']).slice(0, maxWaivers).keys()) {
    const path = ['waivers', index];
    checkReferences(survey, [...path, 'hosts'], hostsOrGroups, 'host or group');
    const check = findAt(survey.root, [...path, 'check'])?.node;
    if (check?.kind !== 'scalar' || typeof check.value !== 'string') continue;
    if (knownChecks !== undefined && !knownChecks.includes(check.value)) {
      reportUnknown(
        survey,
        check.offset,
        `${formatPath([...path, 'check'])}: there is no check`,
        check.value,
        knownChecks,
      );
    }
    const hosts = waivedHosts(survey, index);
    const twice = hosts.find(host => waivedBy.has(`${check.value} ${host}`));
    if (twice !== undefined) {
      const first = `waivers[${waivedBy.get(`${check.value} ${twice}`)}]`;
      const message = `${check.value} is waived twice for host ${twice} (first by ${first})`;
      survey.mistakes.push({ offset: check.offset, message });
    }
    for (const host of hosts)
      if (!waivedBy.has(`${check.value} ${host}`)) waivedBy.set(`${check.value} ${host}`, index);
  }
};

const waivedHosts = ({ root, hosts, members }: Survey, index: number): readonly string[] => {
  const path = ['waivers', index, 'hosts'];
  if (findAt(root, path) === undefined) return [...hosts];
  const names = itemsAt(root, path).flatMap(item => (item.kind === 'scalar' ? [item.text] : []));
  return [...new Set(names.flatMap(name => members.get(name) ?? []))];
};
