import type { DesiredNode } from '../../core/desired.ts';
import type { CriAnswers } from '../../facts/cri.ts';
import type { Kubelet } from '../../facts/kubelet.ts';
import type { Services } from '../../facts/services.ts';
import type { ClusterWide } from '../installer.ts';

/** Everything that the kubelet of a joined node is planned from. */
export interface KubeletSituation {
  readonly kubelet: Kubelet;
  /** Of the program that the next start runs. */
  readonly version: string;
  readonly desired: DesiredNode;
  readonly cri: CriAnswers;
  readonly services: Services;
  /** Swap is on, or will be at boot, and this host's kubelet can live with it. */
  readonly usableSwap: boolean;
  readonly cluster: ClusterWide;
}
