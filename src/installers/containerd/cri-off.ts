import type { ServiceChange } from '../../changes/change.ts';
import type { Disruption } from '../../core/result.ts';
import type { Containerd } from '../../facts/containerd.ts';
import { containerdSocket } from '../../facts/containerd-in-force.ts';
import type { CriAnswers } from '../../facts/cri.ts';
import type { Service } from '../../facts/services.ts';
import { editToml } from '../../toml/edit.ts';
import { disruptionOf } from '../disruption.ts';
import { fileChange, pathStateOf } from '../file-change.ts';
import type { InstallerPlan, LaterSetting } from '../installer.ts';
import { nothing, planRefused, refused } from '../known-facts.ts';
import { unitRestart } from '../runtime-unit.ts';
import { type ConfigSet, disabledPlugins, readConfigSet, statedVersion } from './config-set.ts';
import { criPluginNames } from './dialect.ts';
import { containerdUnit } from './service.ts';

const setting = "containerd's own CRI plugin off";
const because = 'exactly one CRI endpoint may answer: with two, kubeadm asks which';
const configPath = '/etc/containerd/config.toml';

export interface ContainerdBeside {
  readonly containerd: Containerd;
  readonly unit: Service | undefined;
  readonly cri: CriAnswers;
}

/** What turning it off disturbs; else than as a restart where the pods of the node were its own. */
export interface CriOffDisturbs {
  readonly disruption: Disruption;
  readonly needsNoSandboxes?: true;
}

/** containerd that runs under another runtime of Kubernetes keeps running, without an endpoint of its own. */
export const planCriOff = (
  { containerd, unit, cri }: ContainerdBeside,
  disturbs: CriOffDisturbs = { disruption: disruptionOf('containerd-cri-off') },
): InstallerPlan => {
  if (containerd.binary === '') return nothing;
  const read = readConfigSet(containerd, containerd.version ?? '1.7');
  if (!read.ok) return refused(...read.refusals);
  const { set } = read;
  const isOff = set.files.some(({ value }) =>
    disabledPlugins(value).some(name => criPluginNames.some(own => own === name)),
  );
  const file = isOff ? nothing : turnOff(set, disturbs);
  const isServing = cri[containerdSocket]?.answered === true;
  const runs = unit?.activeState === 'active';
  if (file.refusals.length > 0 || unit === undefined || !runs || (!isServing && isOff)) return file;
  const restart: ServiceChange = {
    ...unitRestart({
      unit: containerdUnit,
      state: unit,
      because: isServing ? `the running containerd serves CRI too; ${because}` : because,
      disruption: disturbs.disruption,
      setting,
    }),
    ...disturbs,
  };
  return { ...file, changes: [...file.changes, restart] };
};

/** What the first round announces, where the package that brings containerd is not there yet. */
export const laterCriOff: readonly LaterSetting[] = [configPath, containerdUnit].map(target => ({
  target,
  setting,
  disruption: disruptionOf('containerd-cri-off'),
}));

const turnOff = (set: ConfigSet, disturbs: CriOffDisturbs): InstallerPlan => {
  const { file, text, value } = set.main;
  const before = pathStateOf(file);
  if (before?.state !== 'file' && before?.state !== 'absent') {
    return refused(
      planRefused(
        `${file.path} is a ${file.type}, which nodeprep does not edit`,
        'Put a regular file in its place, or add "cri" to its disabled_plugins.',
      ),
    );
  }
  // The short name is that of files which state no version, as Docker's own package has it.
  const isVersioned = set.files.some(({ value: own }) => (statedVersion(own) ?? 1) > 1);
  const items = [...disabledPlugins(value), isVersioned ? 'io.containerd.grpc.v1.cri' : 'cri'];
  const edited = editToml(text, [{ kind: 'set', path: ['disabled_plugins'], value: items }]);
  if (!edited.ok) {
    return refused(
      planRefused(
        `${file.path}: ${edited.problem}`,
        `Set by hand: disabled_plugins = ${JSON.stringify(items)}; then plan again.`,
      ),
    );
  }
  const change = fileChange(file, before, edited.text, {
    summary: setting,
    because,
    phase: 'switch',
    ...disturbs,
    settings: [setting],
    validate: ['containerd', '--config', '{}', 'config', 'dump'],
  });
  return { ...nothing, changes: [change], originals: { [file.path]: file.text ?? '' } };
};
