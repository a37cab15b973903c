import type { Change, FileChange, SwapChange } from '../changes/change.ts';
import type { HostFile } from '../facts/fact.ts';
import { hostFile } from '../facts/files.ts';
import type { Resources } from '../facts/resources.ts';
import type { Swap } from '../facts/swap.ts';
import { disruptionOf } from './disruption.ts';
import { fileChange, maskChange, pathStateOf } from './file-change.ts';
import { defineInstaller, type InstallerPlan, type Refusal } from './installer.ts';
import { knownFacts, nothing, planRefused, refused } from './known-facts.ts';

/** Rollback and people find our lines by it. */
export const fstabMark = '# nodeprep: ';

const needs = ['container', 'resources', 'swap'] as const;

const because = 'the kubelet does not start while swap is on';

export const swap = defineInstaller({
  id: 'swap',
  source: 'https://kubernetes.io/docs/setup/production-environment/tools/kubeadm/install-kubeadm/#swap-configuration',
  needs,
  appliesTo: desired => desired.swap === 'off',
  plan(facts) {
    const known = knownFacts(facts, needs, 'swap');
    if (!known.known) return refused(...known.refusals);
    const { container, resources, swap: observed } = known.value;
    // Swap of a container is that of the machine around it.
    if (container.kind !== null) return nothing;
    return combine([
      planNow(observed, resources),
      planFstab(observed),
      ...observed.units.map(unit => planUnit(unit, observed)),
      planZram(observed),
    ]);
  },
});

const combine = (plans: readonly InstallerPlan[]): InstallerPlan => ({
  changes: plans.flatMap(({ changes }) => changes),
  later: [],
  refusals: plans.flatMap(({ refusals }) => refusals),
  originals: Object.assign({}, ...plans.map(({ originals }) => originals ?? {})),
});

const planNow = ({ active }: Swap, { memAvailableKib }: Resources): InstallerPlan => {
  const usedKib = active.reduce((sum, area) => sum + area.usedKib, 0);
  if (usedKib > 0 && memAvailableKib <= usedKib) {
    return refused(
      planRefused(
        `swap cannot be turned off: ${usedKib} KiB are in use and only ${memAvailableKib} KiB of memory are available`,
        'Stop something that uses memory, or set swap: keep in the inventory.',
      ),
    );
  }
  return { ...nothing, changes: active.map(swapOff) };
};

const swapOff = ({ device, type, usedKib }: Swap['active'][number]): SwapChange => ({
  kind: 'swap',
  id: `swap:${device}`,
  target: device,
  device,
  usedKib,
  summary: `swap off now: ${device} (${type}, ${usedKib} KiB in use)`,
  because,
  phase: 'stage',
  disruption: disruptionOf('swap'),
  reversible: true,
});

const planFstab = ({ fstab, fstabFile }: Swap): InstallerPlan => {
  if (fstab.length === 0) return nothing;
  const before = pathStateOf(fstabFile);
  const { text } = fstabFile;
  if (before?.state !== 'file' || text === undefined) return refused(notOurs(fstabFile));
  const doomed = new Set(fstab.map(({ line }) => line));
  const edited = text
    .split('\n')
    .map((line, index) => (doomed.has(index + 1) ? `${fstabMark}${line}` : line))
    .join('\n');
  const change = fileChange(fstabFile, before, edited, {
    summary: `${fstab.length === 1 ? 'the swap line' : `${fstab.length} swap lines`} commented out`,
    because: 'swap must not come back at boot',
    phase: 'stage',
    disruption: disruptionOf('swap'),
  });
  return { ...nothing, changes: [change], originals: { [fstabFile.path]: text } };
};

/** As `systemctl mask` does it, but without asking systemd; a file of the user's below /etc is replaced and restored. */
const planUnit = (unit: string, { unitFiles }: Swap): InstallerPlan => {
  const path = `/etc/systemd/system/${unit}`;
  return planMask(unitFiles?.find(file => file.path === path) ?? hostFile(path, undefined), `unit ${unit} masked`);
};

/** An own link of this name hides every file of it in later directories from the generator. */
const planZram = ({ zramConfig, zramFile }: Swap): InstallerPlan =>
  zramConfig === undefined || zramFile === undefined
    ? nothing
    : planMask(zramFile, `zram swap of ${zramConfig} masked`);

const planMask = (file: HostFile, summary: string): InstallerPlan => {
  const before = pathStateOf(file);
  if (before === undefined) return refused(notOurs(file));
  const change: FileChange = maskChange(file, before, {
    summary,
    because: 'swap must not come back at boot',
    phase: 'stage',
    disruption: disruptionOf('swap'),
  });
  return { ...nothing, changes: [change] satisfies Change[], originals: { [file.path]: file.text ?? '' } };
};

const notOurs = ({ path, type }: HostFile): Refusal =>
  planRefused(`${path} is a ${type} that nodeprep does not edit`, 'Turn swap off at boot by hand, then plan again.');
