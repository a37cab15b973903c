import { checkReferences, type Survey } from './check-references.ts';
import { defaults } from './defaults.ts';
import type { Path } from './path.ts';
import { findAt, itemsAt, textAt } from './yaml-tree.ts';

/** How the cluster is reached: one way, and via control-plane hosts that this inventory knows. */
export const checkCluster = (survey: Survey): void => {
  checkOneWay(survey);
  checkReferences(survey, ['cluster', 'via'], survey.hosts, 'host');
  for (const [index, item] of itemsAt(survey.root, ['cluster', 'via']).entries()) {
    if (item.kind !== 'scalar' || !survey.hosts.has(item.text) || roleOf(survey, item.text) === 'control-plane')
      continue;
    const message = `cluster.via[${index}]: host ${item.text} is a worker; kubectl is run on control-plane hosts (role: control-plane)`;
    survey.mistakes.push({ offset: item.offset, message });
  }
};

const checkOneWay = (survey: Survey): void => {
  const cluster = findAt(survey.root, ['cluster']);
  if (cluster?.node.kind !== 'mapping') return;
  const has = (key: string): boolean => findAt(survey.root, ['cluster', key]) !== undefined;
  if (has('kubeconfig') && has('via')) {
    report(survey, ['cluster', 'via'], 'cluster is reached by kubeconfig or via hosts, not both; take one out');
  } else if (!has('kubeconfig') && !has('via')) {
    report(survey, ['cluster'], 'cluster says no way to it; write kubeconfig: ~/.kube/config, or via: [cp-1]');
  } else if (has('context') && has('via')) {
    report(survey, ['cluster', 'context'], "cluster.context belongs to kubeconfig; via uses the hosts' own admin.conf");
  }
};

export const checkRollout = (survey: Survey): void => {
  checkReferences(survey, ['rollout', 'canary'], new Set([...survey.hosts, ...survey.groups]), 'host or group');
  checkReferences(survey, ['rollout', 'order'], survey.groups, 'group');
  checkTwice(survey, ['rollout', 'order']);
  checkControlPlanesLeft(survey);
  checkPause(survey);
  checkWindow(survey);
};

const checkTwice = (survey: Survey, path: Path): void => {
  const seen = new Set<string>();
  for (const item of itemsAt(survey.root, path)) {
    if (item.kind !== 'scalar') continue;
    if (seen.has(item.text)) {
      survey.mistakes.push({ offset: item.offset, message: `rollout.order names group ${item.text} twice` });
    }
    seen.add(item.text);
  }
};

/** Control planes go one at a time whatever is asked for; who asks for all of them shall know that before, not find out at night. */
const checkControlPlanesLeft = (survey: Survey): void => {
  const node = findAt(survey.root, ['rollout', 'maxUnavailable'])?.node;
  const controlPlanes = [...survey.hosts].filter(host => roleOf(survey, host) === 'control-plane');
  if (node?.kind !== 'scalar' || controlPlanes.length === 0) return;
  const isAll =
    node.value === '100%' ||
    (typeof node.value === 'number' &&
      node.value > 1 &&
      controlPlanes.length === survey.hosts.size &&
      node.value >= controlPlanes.length);
  if (!isAll) return;
  const named = `${controlPlanes.slice(0, 3).join(', ')}${controlPlanes.length > 3 ? ', …' : ''}`;
  const message = `rollout.maxUnavailable ${node.text} would take every control plane (${named}) at once; these go one at a time: write a count, or a percentage of the workers below 100%`;
  survey.mistakes.push({ offset: node.offset, message });
};

const checkPause = (survey: Survey): void => {
  const path = ['rollout', 'pause'];
  if (findAt(survey.root, path)?.node.kind !== 'mapping') return;
  const given = ['time', 'command', 'http'].filter(key => findAt(survey.root, [...path, key]) !== undefined);
  if (given.length === 0) report(survey, path, 'rollout.pause says nothing; write one of time, command and http');
  if (given.length > 1) report(survey, path, `rollout.pause has ${given.join(' and ')}; write one of them`);
  if (given[0] === 'time' && findAt(survey.root, [...path, 'timeout']) !== undefined) {
    report(survey, [...path, 'timeout'], 'rollout.pause.timeout is for command and http; time has none');
  }
};

const checkWindow = (survey: Survey): void => {
  const path = ['rollout', 'window'];
  const from = textAt(survey.root, [...path, 'from']);
  if (from === undefined || from !== textAt(survey.root, [...path, 'to'])) return;
  report(survey, [...path, 'to'], `rollout.window begins and ends at ${from}; leave window out for the whole day`);
};

const report = (survey: Survey, path: Path, message: string): void => {
  const found = findAt(survey.root, path);
  if (found !== undefined) survey.mistakes.push({ offset: found.keyOffset, message });
};

const roleOf = ({ root }: Survey, host: string): string => {
  const groups = itemsAt(root, ['hosts', host, 'groups']).flatMap(item => (item.kind === 'scalar' ? [item.text] : []));
  const layers = [['hosts', host], ...groups.toReversed().map(group => ['groups', group])];
  for (const layer of layers) {
    const role = textAt(root, [...layer, 'role']);
    if (role !== undefined) return role;
  }
  return defaults.role;
};
