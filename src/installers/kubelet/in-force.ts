import { criSocketOf, endpointOf, isSameSocket } from '../../core/cri-endpoint.ts';
import { flagOf } from '../../facts/kubelet-flags.ts';
import {
  driverEvidence,
  kubeletDriverInForce,
  nextFlags,
  runningFlags,
  runningSettings,
} from '../../facts/kubelet-in-force.ts';
import type { KubeletSituation } from './situation.ts';

/** What runs and is not as desired, or cannot be told: each is a reason to restart (design 3.4). */
export interface KubeletGap {
  readonly reason: string;
  /** The cgroup driver or the runtime: no pod may see it change. */
  readonly needsEmptyNode: boolean;
}

/** From observed state only, so that a run that was killed between write and restart leaves exactly the restart to do. */
export const kubeletGaps = (situation: KubeletSituation): readonly KubeletGap[] => [
  ...driverGap(situation),
  ...settingGaps(situation),
  ...pauseImageGap(situation),
];

const driverGap = (situation: KubeletSituation): readonly KubeletGap[] => {
  const { kubelet, version, cri, services, desired } = situation;
  const wanted = desired.runtime.cgroupDriver;
  if (!isRunning(situation)) return leftOver(situation);
  const inForce = kubeletDriverInForce(driverEvidence(kubelet, version, cri, services));
  if (!inForce.known)
    return [
      { reason: `the cgroup driver of the running kubelet cannot be told: ${inForce.reason}`, needsEmptyNode: true },
    ];
  const { value, from } = inForce.value;
  return value === wanted
    ? []
    : [{ reason: `the kubelet runs with ${value} (${from}), not ${wanted}`, needsEmptyNode: true }];
};

/** A kubelet that does not run uses no driver and no runtime, but its pods may still be there. */
const leftOver = ({ kubelet, cri, desired }: KubeletSituation): readonly KubeletGap[] => {
  const other = kubelet.cgroupRoots.find(({ driver }) => driver !== desired.runtime.cgroupDriver);
  const own = criSocketOf(desired.runtime.name);
  const elsewhere = Object.entries(cri).find(
    ([socket, answer]) => socket !== own && answer.answered && answer.sandboxes > 0,
  );
  return [
    ...(other === undefined
      ? []
      : [{ reason: `${other.path} is left over from the driver ${other.driver}`, needsEmptyNode: true }]),
    ...(elsewhere === undefined
      ? []
      : [{ reason: `pods are left over in the runtime at ${elsewhere[0]}`, needsEmptyNode: true }]),
  ];
};

export const isRunning = ({ kubelet }: KubeletSituation): boolean =>
  kubelet.running !== undefined && kubelet.unit.activeState === 'active';

const settingGaps = (situation: KubeletSituation): readonly KubeletGap[] => {
  if (!isRunning(situation)) return [];
  const { kubelet, version, desired, usableSwap } = situation;
  const running = runningSettings(kubelet, version);
  if (!running.known)
    return [{ reason: `what the running kubelet uses cannot be told: ${running.reason}`, needsEmptyNode: false }];
  const { containerRuntimeEndpoint: endpoint, failSwapOn } = running.value;
  const wanted = endpointOf(desired.runtime.name);
  return [
    ...(isSameSocket(endpoint.value, wanted)
      ? []
      : [{ reason: `the kubelet talks to ${endpoint.value} (${endpoint.from}), not ${wanted}`, needsEmptyNode: true }]),
    ...(desired.swap === 'kubelet' && usableSwap && failSwapOn.value
      ? [{ reason: `the kubelet does not start with swap (${failSwapOn.from})`, needsEmptyNode: false }]
      : []),
  ];
};

const pauseImageGap = (situation: KubeletSituation): readonly KubeletGap[] => {
  const next = nextFlags(situation.kubelet);
  const running = runningFlags(situation.kubelet);
  if (!isRunning(situation) || !next.known || running === undefined) return [];
  const [now, then] = [running, next.value].map(flags => flagOf(flags, 'pod-infra-container-image')?.value);
  return now === then
    ? []
    : [
        {
          reason: `the kubelet runs with --pod-infra-container-image=${now ?? ''}, its files say ${then ?? 'none'}`,
          needsEmptyNode: false,
        },
      ];
};
