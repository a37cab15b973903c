import { defaults } from './defaults.ts';
import { didYouMean } from './nearest.ts';
import { formatPath, type Path } from './path.ts';
import type { Mistake } from './problems.ts';
import { entriesAt, findAt, itemsAt, textAt, type YamlNode } from './yaml-tree.ts';

type Report = (problem: Mistake) => void;

interface Names {
  readonly hosts: ReadonlySet<string>;
  readonly groups: ReadonlySet<string>;
}

/** Rules about more than one value. They look at the tree, so that they also speak where another value is wrong. */
export const crossCheck = (root: YamlNode, knownChecks: readonly string[] | undefined): readonly Mistake[] => {
  const problems: Mistake[] = [];
  const report: Report = problem => problems.push(problem);
  const names = {
    hosts: new Set(entriesAt(root, ['hosts']).map(([name]) => name)),
    groups: new Set(entriesAt(root, ['groups']).map(([name]) => name)),
  };
  checkHostsExist(root, report);
  for (const name of names.hosts) checkHost(root, name, names, report);
  checkAddresses(root, report);
  checkWaivers(root, names, knownChecks, report);
  checkReferences(root, ['cluster', 'via'], names.hosts, 'host', report);
  return problems;
};

const checkHostsExist = (root: YamlNode, report: Report): void => {
  const found = findAt(root, ['hosts']);
  if (found?.node.kind !== 'mapping' || found.node.entries.size > 0) return;
  report({
    offset: found.node.offset,
    message: 'hosts is empty; give at least one, such as  worker-1: { address: 10.0.0.21 }',
  });
};

const checkHost = (root: YamlNode, name: string, names: Names, report: Report): void => {
  const path = ['hosts', name];
  checkReferences(root, [...path, 'groups'], names.groups, 'group', report);
  const found = findAt(root, path);
  if (found === undefined) return;
  if (names.groups.has(name)) {
    report({
      offset: found.keyOffset,
      message: `host ${name} has the name of a group; --limit and waivers could not tell them apart`,
    });
  }
  const isAddressed =
    findAt(root, [...path, 'address']) !== undefined || textAt(root, [...path, 'connection']) === 'local';
  if (found.node.kind !== 'mapping' || isAddressed) return;
  report({
    offset: found.keyOffset,
    message: `host ${name} has no address; write address: 10.0.0.21, or connection: local for this machine`,
  });
};

/** Each item of the list must be one of `known`. */
const checkReferences = (
  root: YamlNode,
  path: Path,
  known: ReadonlySet<string>,
  what: string,
  report: Report,
): void => {
  itemsAt(root, path).forEach((item, index) => {
    if (item.kind !== 'scalar' || typeof item.value !== 'string' || known.has(item.value)) return;
    const message = `${formatPath([...path, index])}: there is no ${what} ${JSON.stringify(item.value)}`;
    report({ offset: item.offset, message: `${message}${didYouMean(item.value, known)}` });
  });
};

/** Two names for one machine would work on it twice at the same time. */
const checkAddresses = (root: YamlNode, report: Report): void => {
  const seen = new Map<string, string>();
  for (const [name] of entriesAt(root, ['hosts'])) {
    const path = ['hosts', name];
    const isLocal = textAt(root, [...path, 'connection']) === 'local';
    const address = textAt(root, [...path, 'address'])?.toLowerCase();
    if (address === undefined && !isLocal) continue;
    const endpoint = isLocal ? 'this machine' : `${address} port ${effectivePort(root, name)}`;
    const first = seen.get(endpoint);
    seen.set(endpoint, first ?? name);
    const place = findAt(root, [...path, isLocal ? 'connection' : 'address']);
    if (first === undefined || place === undefined) continue;
    report({ offset: place.node.offset, message: `host ${name} is the same machine as host ${first} (${endpoint})` });
  }
};

const effectivePort = (root: YamlNode, host: string): number => {
  const groups = itemsAt(root, ['hosts', host, 'groups']).map(item => [
    'groups',
    item.kind === 'scalar' ? item.text : '',
  ]);
  const layers = [['hosts', host], ...groups.reverse(), ['defaults']];
  for (const layer of layers) {
    const port = findAt(root, [...layer, 'ssh', 'port'])?.node;
    if (port?.kind === 'scalar' && typeof port.value === 'number') return port.value;
  }
  return defaults.ssh.port;
};

const checkWaivers = (
  root: YamlNode,
  names: Names,
  knownChecks: readonly string[] | undefined,
  report: Report,
): void => {
  const seen = new Map<string, number>();
  const hostsOrGroups = new Set([...names.hosts, ...names.groups]);
  itemsAt(root, ['waivers']).forEach((_, index) => {
    const path = ['waivers', index];
    checkReferences(root, [...path, 'hosts'], hostsOrGroups, 'host or group', report);
    const id = findAt(root, [...path, 'check'])?.node;
    if (id?.kind !== 'scalar' || typeof id.value !== 'string') return;
    if (knownChecks !== undefined && !knownChecks.includes(id.value)) {
      const message = `${formatPath([...path, 'check'])}: there is no check ${JSON.stringify(id.value)}`;
      report({ offset: id.offset, message: `${message}${didYouMean(id.value, knownChecks)}` });
    }
    const twice = waivedHosts(root, index, names).find(host => seen.has(`${id.value} ${host}`));
    if (twice !== undefined) {
      const first = seen.get(`${id.value} ${twice}`) ?? 0;
      report({
        offset: id.offset,
        message: `${id.value} is waived twice for host ${twice} (first by waivers[${first}])`,
      });
    }
    for (const host of waivedHosts(root, index, names)) seen.set(`${id.value} ${host}`, index);
  });
};

const waivedHosts = (root: YamlNode, index: number, names: Names): readonly string[] => {
  if (findAt(root, ['waivers', index, 'hosts']) === undefined) return [...names.hosts];
  const wanted = new Set(
    itemsAt(root, ['waivers', index, 'hosts']).map(item => (item.kind === 'scalar' ? item.text : '')),
  );
  return [...names.hosts].filter(
    host =>
      wanted.has(host) ||
      itemsAt(root, ['hosts', host, 'groups']).some(group => group.kind === 'scalar' && wanted.has(group.text)),
  );
};
