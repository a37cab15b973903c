import { criSocketOf, endpointOf, isSameSocket, socketPath } from '../../core/cri-endpoint.ts';
import { sparesByFlag } from '../../core/pinned-image.ts';
import { isAtLeast } from '../../core/versions.ts';
import { keepsSandboxImage } from '../../facts/cri.ts';
import { instanceConfigPath, kubeadmFlagsPath, kubeadmPatchesDirectory } from '../../facts/kubelet.ts';
import { environmentFiles, kubeletFile } from '../../facts/kubelet-command.ts';
import { configFiles, configPaths, configValue, hasPatch, parseConfig } from '../../facts/kubelet-config.ts';
import { flagOf, type KubeletFlag } from '../../facts/kubelet-flags.ts';
import { asksRuntime, flagVariables, pauseFlagHome } from '../../facts/kubelet-in-force.ts';
import type { KubeletSetting, KubeletSettings } from '../../facts/kubelet-settings.ts';
import type { YamlEdit } from '../../yaml/edit.ts';
import type { Refusal } from '../installer.ts';
import { planRefused } from '../known-facts.ts';
import type { FlagEdit } from './edit-flags.ts';
import { kubeletLabels } from './labels.ts';
import type { KubeletSituation } from './situation.ts';

/** One edit of one file, in the words of the plan. */
export type WantedEdit = { readonly path: string; readonly label: string } & (
  | { readonly kind: 'yaml'; readonly edit: YamlEdit }
  | { readonly kind: 'flag'; readonly edit: FlagEdit }
);

export type Wanted = WantedEdit | Refusal;

/** Sorts after what people name by number. */
export const ownDropInName = '99-zz-nodeprep.conf';

export const isRefusal = (wanted: Wanted): wanted is Refusal => 'code' in wanted;

/** The fewest edits after which the next start has what is desired, each in the file that wins. */
export const wantedEdits = (
  situation: KubeletSituation,
  flags: readonly KubeletFlag[],
  settings: KubeletSettings,
): readonly Wanted[] => [
  ...driverEdits(situation, flags, settings),
  ...endpointEdits(situation, flags, settings),
  ...swapEdits(situation, flags, settings),
  ...missingPauseImage(situation, flags),
  ...pauseImageEdits(situation, flags),
];

const driverEdits = (
  situation: KubeletSituation,
  flags: readonly KubeletFlag[],
  { cgroupDriver, featureGates }: KubeletSettings,
): readonly Wanted[] => {
  const wanted = situation.desired.runtime.cgroupDriver;
  const { config } = configPaths(flags);
  const isOfCluster = cgroupDriver.setBy === 'default' || cgroupDriver.path === config;
  const differs = isOfCluster && (situation.cluster.cgroupDriver ?? wanted) !== wanted;
  const answer = situation.cri[socketPath(endpointOf(situation.desired.runtime.name)) ?? ''];
  const tells = answer?.answered === true && answer.cgroupDriver !== null;
  // The runtime tells it, and no file says otherwise, or only that of the cluster, which kubeadm would write again.
  if ((cgroupDriver.setBy === 'default' || differs) && tells && asksRuntime(situation.version, featureGates)) return [];
  if (cgroupDriver.setBy !== 'default' && cgroupDriver.value === wanted) return [];
  if (differs) return ownDriver(situation, flags, cgroupDriver, wanted);
  return setWhereItWins(situation, flags, cgroupDriver, driverWish(wanted));
};

const driverWish = (wanted: string): Wish => ({
  label: kubeletLabels.driver(wanted),
  flag: 'cgroup-driver',
  path: ['cgroupDriver'],
  value: wanted,
});

/** Of a host that differs from the cluster: where the next `kubeadm upgrade node` does not take it back. */
const ownDriver = (
  situation: KubeletSituation,
  flags: readonly KubeletFlag[],
  setting: KubeletSetting<string>,
  wanted: string,
): readonly Wanted[] => {
  const wish = driverWish(wanted);
  const { directory } = configPaths(flags);
  if (directory !== undefined) {
    const path = `${directory}/${ownDropInName}`;
    return [{ kind: 'yaml', path, label: wish.label, edit: { path: wish.path, value: wanted } }];
  }
  if (hasPatch(situation.kubelet, 'cgroupDriver', wanted)) return setWhereItWins(situation, flags, setting, wish);
  return [
    planRefused(
      `${wish.label}: the kubelet-config of the cluster says ${situation.cluster.cgroupDriver}, so the next kubeadm upgrade node would take it back`,
      `Start its kubelet with --config-dir=/etc/kubernetes/kubelet.conf.d, or keep cgroupDriver: ${wanted} in ${kubeadmPatchesDirectory}/kubeletconfiguration.yaml and give kubeadm upgrade node --patches=${kubeadmPatchesDirectory}, or give all hosts one cgroupDriver.`,
    ),
  ];
};

const swapEdits = (
  situation: KubeletSituation,
  flags: readonly KubeletFlag[],
  { failSwapOn }: KubeletSettings,
): readonly Wanted[] =>
  situation.desired.swap !== 'kubelet' || !situation.usableSwap || !failSwapOn.value
    ? []
    : setWhereItWins(situation, flags, failSwapOn, {
        label: kubeletLabels.swap,
        flag: 'fail-swap-on',
        path: ['failSwapOn'],
        value: false,
      });

interface Wish {
  readonly label: string;
  readonly flag: string;
  readonly path: readonly string[];
  readonly value: string | boolean;
}

const setWhereItWins = (
  situation: KubeletSituation,
  flags: readonly KubeletFlag[],
  setting: KubeletSetting<unknown>,
  { label, flag, path, value }: Wish,
): readonly Wanted[] => {
  if (setting.setBy === 'flag')
    return [flagEdit(situation, setting.path ?? '', label, { name: flag, value: String(value) }, setting.from)];
  const home = setting.path ?? configPaths(flags).config;
  if (home === undefined) {
    return [
      planRefused(
        `${label}: the kubelet is started without --config, so there is no file to set it in`,
        `Start it with --config=${kubeadmFlagsPath.replace('kubeadm-flags.env', 'config.yaml')}, then plan again.`,
      ),
    ];
  }
  return [{ kind: 'yaml', path: home, label, edit: { path, value } }];
};

/** Flags in environment files are edited; unit files belong to packages and people, who are told. */
const flagEdit = ({ kubelet }: KubeletSituation, path: string, label: string, edit: FlagEdit, from: string): Wanted =>
  environmentFiles(kubelet).some(file => file.path === path)
    ? { kind: 'flag', path, label, edit }
    : planRefused(
        `${label}: ${from} wins over every file, and nodeprep does not edit units`,
        `Remove --${edit.name} there and run systemctl daemon-reload, then plan again.`,
      );

/**
 * Where kubeadm keeps the endpoint per node in instance-config.yaml (NodeLocalCRISocket: on by default from 1.34, before it only where
 * that file shows so), the flag goes, as kubeadm drops it. Elsewhere kubeadm-flags.env is kubeadm's own record, from which it takes the
 * endpoint when it is upgraded to 1.34, so there the flag stays and gets the new value.
 */
const endpointEdits = (
  situation: KubeletSituation,
  flags: readonly KubeletFlag[],
  { containerRuntimeEndpoint: current }: KubeletSettings,
): readonly Wanted[] => {
  const { kubelet, version, desired } = situation;
  const wanted = endpointOf(desired.runtime.name);
  const instance = kubeletFile(kubelet, instanceConfigPath);
  const isLocal = situation.cluster.nodeLocalCriSocket ?? (instance !== undefined || isAtLeast(version, '1.34'));
  const isMoved = !isSameSocket(current.value, wanted);
  const label = kubeletLabels.endpoint(wanted);
  const flag = flagOf(flags, 'container-runtime-endpoint');
  const drops = isMoved && flag !== undefined && isLocal;
  const inFlag =
    !isMoved || flag === undefined
      ? []
      : [
          flagEdit(
            situation,
            current.path ?? '',
            label,
            { name: flag.name, value: drops ? undefined : wanted },
            current.from,
          ),
        ];
  // The field came with 1.27.
  const inConfig =
    isMoved && (flag === undefined || drops) && isAtLeast(version, '1.27')
      ? configEndpoint(situation, flags, wanted)
      : [];
  return [...inFlag, ...inConfig, ...endpointRecord(situation, wanted, isMoved && isLocal)];
};

/** Without the flag the last file that names an endpoint wins. */
const configEndpoint = (
  { kubelet }: KubeletSituation,
  flags: readonly KubeletFlag[],
  wanted: string,
): readonly Wanted[] => {
  const key = 'containerRuntimeEndpoint';
  const setter = configFiles(kubelet, flags).findLast(({ text }) => Boolean(configValue(parseConfig(text), [key])));
  const path = setter?.path ?? configPaths(flags).config;
  const label = kubeletLabels.endpoint(wanted);
  return path === undefined
    ? [planRefused(`${label}: the kubelet is started without --config, so there is no file to set it in`)]
    : [{ kind: 'yaml', path, label, edit: { path: [key], value: wanted } }];
};

/** What `kubeadm upgrade node` will take for the endpoint. Only where kubeadm keeps records here. */
const endpointRecord = ({ kubelet }: KubeletSituation, wanted: string, isNew: boolean): readonly Wanted[] => {
  const instance = kubeletFile(kubelet, instanceConfigPath);
  const recorded = configValue(parseConfig(instance?.text), ['containerRuntimeEndpoint']);
  const isWrong = typeof recorded === 'string' && recorded !== '' && !isSameSocket(recorded, wanted);
  const isMissing = isNew && instance === undefined && kubeletFile(kubelet, kubeadmFlagsPath) !== undefined;
  const label = kubeletLabels.endpointRecord(wanted);
  return isWrong || isMissing || (isNew && instance !== undefined && recorded !== wanted)
    ? [
        {
          kind: 'yaml',
          path: instanceConfigPath,
          label,
          edit: { path: ['containerRuntimeEndpoint'], value: wanted },
        },
      ]
    : [];
};

const pauseFlag = 'pod-infra-container-image';

/** Up to 1.28 a kubelet without the flag collects the sandbox image of a runtime that does not keep it by itself (containerd 1.6.21). */
const missingPauseImage = (
  { kubelet, version, desired, cri }: KubeletSituation,
  flags: readonly KubeletFlag[],
): readonly Wanted[] => {
  const { name, sandboxImage } = desired.runtime;
  const isMissing = flagOf(flags, pauseFlag) === undefined && sparesByFlag(version);
  if (!isMissing || keepsSandboxImage(cri[criSocketOf(name)], name, sandboxImage) !== false) return [];
  const path = pauseFlagHome(kubelet);
  if (path === undefined) return [];
  const edit = { name: pauseFlag, value: sandboxImage, addTo: flagVariables };
  return [{ kind: 'flag', path, label: kubeletLabels.pauseImage(sandboxImage), edit }];
};

/**
 * Without effect from 1.29 on, and a kubelet of 1.35 or newer does not start with it; in a unit it is for people to remove.
 */
const pauseImageEdits = (
  { kubelet, version, desired }: KubeletSituation,
  flags: readonly KubeletFlag[],
): readonly Wanted[] => {
  const name = pauseFlag;
  const isGone = [version, desired.kubernetesVersion].some(other => isAtLeast(other, '1.35'));
  const { sandboxImage } = desired.runtime;
  const paths = new Set(
    flags
      .filter(flag => flag.name === name && (isGone || flag.value !== sandboxImage))
      .map(({ place }) => place.replace(/:\d+$/, '')),
  );
  return environmentFiles(kubelet)
    .filter(({ path }) => paths.has(path))
    .map(({ path }) => ({
      kind: 'flag',
      path,
      label: isGone ? kubeletLabels.noPauseImage : kubeletLabels.pauseImage(sandboxImage),
      edit: { name, value: isGone ? undefined : sandboxImage },
    }));
};
