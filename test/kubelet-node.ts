import type { Change } from '../src/changes/change.ts';
import type { CriAnswer } from '../src/facts/cri.ts';
import type { Kubelet } from '../src/facts/kubelet.ts';
import { nextCommand } from '../src/facts/kubelet-command.ts';
import { driverAfterRestart, nextSettings } from '../src/facts/kubelet-in-force.ts';
import { aFile } from './host-file.ts';
import { kubeletStart, root } from './kubelet.ts';
import type { PlanFacts } from './plan/facts.ts';
import { afterChanges } from './plan/simulate.ts';

export const criAnswer = (cgroupDriver: 'systemd' | 'cgroupfs' | null, sandboxes = 0): CriAnswer => ({
  answered: true,
  runtimeName: 'containerd',
  runtimeVersion: cgroupDriver === null ? '1.7.24' : '2.2.0',
  conditions: [],
  config: undefined,
  cgroupDriver,
  handlers: [],
  sandboxes,
});

/** A node on which the changes were made, its kubelet behaving as a real one; synthetic. `tells`: what RuntimeConfig answers afterwards. */
export const afterNodeChanges = (
  facts: PlanFacts,
  changes: readonly Change[],
  tells: 'systemd' | 'cgroupfs' | null = null,
): PlanFacts => changes.reduce((state, change) => afterChange(state, change, tells), facts);

const afterChange = (facts: PlanFacts, change: Change, tells: 'systemd' | 'cgroupfs' | null): PlanFacts => {
  if (change.kind === 'cgroup-roots') return { ...facts, kubelet: { ...facts.kubelet, cgroupRoots: [] } };
  if (change.kind === 'service' && change.unit === 'kubelet.service') {
    const kubelet = change.active === false ? stopped(facts.kubelet) : started(facts.kubelet, tells);
    return withUnit({ ...facts, kubelet });
  }
  if (change.kind === 'file' && isKubelets(change.path)) {
    const text = change.after.state === 'file' ? change.after.text : undefined;
    const files = [
      ...facts.kubelet.files.filter(({ path }) => path !== change.path),
      aFile(change.path, text, kubeletStart + 10),
    ];
    return { ...facts, kubelet: { ...facts.kubelet, files } };
  }
  return withUnit({ ...facts, ...afterChanges(facts, [change]) });
};

const isKubelets = (path: string): boolean => /kubelet/.test(path);

const withUnit = (facts: PlanFacts): PlanFacts => ({
  ...facts,
  services: {
    ...facts.services,
    'kubelet.service': { ...kubeletService, activeState: facts.kubelet.unit.activeState },
  },
});

export const kubeletService = {
  loadState: 'loaded',
  activeState: 'active',
  subState: 'running',
  unitFileState: 'enabled',
  startedAtSeconds: kubeletStart,
  mainPid: 100,
  fragmentPath: '/usr/lib/systemd/system/kubelet.service',
  needDaemonReload: false,
  restarts: 0,
};

const stopped = (kubelet: Kubelet): Kubelet => ({
  ...kubelet,
  running: undefined,
  unit: { ...kubelet.unit, activeState: 'inactive' },
});

const started = (kubelet: Kubelet, tells: 'systemd' | 'cgroupfs' | null): Kubelet => {
  const argv = (nextCommand(kubelet) ?? []).map(({ text }) => text);
  const settings = nextSettings(kubelet, '1.34.3');
  const driver = settings.known ? driverAfterRestart(settings.value, '1.34.3', tells)?.value : undefined;
  const kept = kubelet.cgroupRoots.map(found => ({ ...found, recreated: false }));
  const isThere = kept.some(found => found.driver === driver);
  return {
    ...kubelet,
    unit: { ...kubelet.unit, activeState: 'active' },
    running: { pid: 200, argv, startedAtSeconds: kubeletStart + 20, replaced: false },
    cgroupRoots: driver === undefined || isThere ? kept : [...kept, root(driver, true)],
  };
};
