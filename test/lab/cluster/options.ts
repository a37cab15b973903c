import type { Suite } from '../settings.ts';
import type { ClusterVersion } from './programs.ts';

export type CgroupDriver = 'systemd' | 'cgroupfs';

export interface ClusterNodeOptions {
  /** Name of the Node and hostname. The lab's name of it is CLUSTER-NAME. */
  name: string;
  suite?: Suite;
  role?: 'control-plane' | 'worker';
  /** Of the runtime, and of the kubelet's file unless that is told apart. Default: the cluster's. */
  cgroupDriver?: CgroupDriver;
  /** What the kubelet's file says: another value makes the two sides disagree, null leaves the field out. */
  kubeletDriver?: CgroupDriver | null;
  /** `2.2`: built from upstream, in /usr/local as its archive lays it out. */
  containerd?: 'distribution' | '2.2';
  /** Version of the kubelet; default the cluster's. */
  kubelet?: ClusterVersion;
  /** Further flags in kubeadm-flags.env. */
  kubeletFlags?: readonly string[];
  /** Further lines of /var/lib/kubelet/config.yaml. */
  kubeletConfig?: readonly string[];
  /** `flag`: as kubeadm before 1.34 (a flag and an annotation of the Node) instead of instance-config.yaml. */
  criSocket?: 'instance-config' | 'flag';
  /** False: the node is not meant to become Ready, so nobody waits for it. */
  ready?: false;
  packages?: readonly string[];
  files?: Record<string, string>;
}

export interface ClusterOptions {
  version?: ClusterVersion;
  /** Unique in the lab; made up when left out. */
  name?: string;
  cgroupDriver?: CgroupDriver;
  /**
   * Where etcd, API server, controller-manager and scheduler run. `static-pods`: on each node with role control-plane,
   * as kubeadm sets them up, behind a balancer on the cluster's address. Default: processes of this machine.
   */
  controlPlane?: 'processes' | 'static-pods';
  nodes: readonly ClusterNodeOptions[];
  /** False: a cluster without kubeadm's ConfigMaps, annotations and instance-config.yaml. */
  kubeadm?: boolean;
  /** The API server writes down who asked for what: see `cluster.requests()`. Not with static pods. */
  audit?: boolean;
  /** Further flags of control-plane programs, such as `{ 'kube-controller-manager': ['--node-monitor-grace-period=20s'] }`. */
  flags?: Record<string, string[]>;
  /** The cluster stays when this process ends. */
  keep?: boolean;
  log?: (line: string) => void;
}
