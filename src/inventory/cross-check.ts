import { checkArchives, type FileExists } from './check-archives.ts';
import { checkCluster, checkRollout } from './check-cluster.ts';
import { checkHandlers } from './check-handlers.ts';
import { checkReferences, type Survey } from './check-references.ts';
import { checkRuntimes } from './check-runtime.ts';
import { checkWaivers } from './check-waivers.ts';
import { defaults } from './defaults.ts';
import type { Mistake } from './problems.ts';
import { entriesAt, findAt, itemsAt, textAt, type YamlNode } from './yaml-tree.ts';

/** Rules about more than one value. */
export const crossCheck = (
  root: YamlNode,
  knownChecks: readonly string[] | undefined,
  fileExists?: FileExists,
): readonly Mistake[] => {
  const survey = surveyOf(root);
  checkHostsExist(survey);
  for (const name of survey.hosts) checkHost(survey, name);
  checkAddresses(survey);
  checkRuntimes(survey);
  checkHandlers(survey);
  checkWaivers(survey, knownChecks);
  checkCluster(survey);
  checkRollout(survey);
  checkArchives(survey, fileExists);
  return survey.mistakes;
};

const surveyOf = (root: YamlNode): Survey => {
  const hosts = new Set(entriesAt(root, ['hosts']).map(([name]) => name));
  const groups = new Set(entriesAt(root, ['groups']).map(([name]) => name));
  const members = new Map<string, string[]>([...groups].map(name => [name, []]));
  for (const host of hosts) {
    for (const group of groupsOf(root, host)) members.get(group)?.push(host);
    if (!groups.has(host)) members.set(host, [host]);
  }
  return { root, hosts, groups, members, mistakes: [] };
};

const groupsOf = (root: YamlNode, host: string): readonly string[] =>
  itemsAt(root, ['hosts', host, 'groups']).flatMap(item => (item.kind === 'scalar' ? [item.text] : []));

const checkHostsExist = ({ root, mistakes }: Survey): void => {
  const found = findAt(root, ['hosts']);
  if (found?.node.kind !== 'mapping' || found.node.entries.size > 0) return;
  mistakes.push({
    offset: found.node.offset,
    message: 'hosts is empty; give at least one, such as  worker-1: { address: 10.0.0.21 }',
  });
};

const checkHost = (survey: Survey, name: string): void => {
  const { root, mistakes, groups } = survey;
  const path = ['hosts', name];
  checkReferences(survey, [...path, 'groups'], groups, 'group');
  const found = findAt(root, path);
  if (found === undefined) return;
  if (groups.has(name)) {
    mistakes.push({
      offset: found.keyOffset,
      message: `host ${name} has the name of a group; --limit and waivers could not tell them apart`,
    });
  }
  const isAddressed =
    findAt(root, [...path, 'address']) !== undefined || textAt(root, [...path, 'connection']) === 'local';
  if (found.node.kind !== 'mapping' || isAddressed) return;
  mistakes.push({
    offset: found.keyOffset,
    message: `host ${name} has no address; write address: 10.0.0.21, or connection: local for this machine`,
  });
};

/** Two names for one machine would work on it twice at the same time. */
const checkAddresses = ({ root, mistakes }: Survey): void => {
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
    mistakes.push({
      offset: place.node.offset,
      message: `host ${name} is the same machine as host ${first} (${endpoint})`,
    });
  }
};

const effectivePort = (root: YamlNode, host: string): number => {
  const ofGroups = groupsOf(root, host).map(group => ['groups', group]);
  const layers = [['hosts', host], ...ofGroups.reverse(), ['defaults']];
  for (const layer of layers) {
    const port = findAt(root, [...layer, 'ssh', 'port'])?.node;
    if (port?.kind === 'scalar' && typeof port.value === 'number') return port.value;
  }
  return defaults.ssh.port;
};
