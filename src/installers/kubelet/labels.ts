/** Names of settings in plans; an agreed plan binds later rounds to them, so every round must use the same. */
export const kubeletLabels = {
  driver: (driver: string): string => `kubelet cgroupDriver = ${driver}`,
  endpoint: (endpoint: string): string => `kubelet containerRuntimeEndpoint = ${endpoint}`,
  endpointRecord: (endpoint: string): string => `kubeadm's record of the runtime = ${endpoint}`,
  swap: 'kubelet failSwapOn = false',
  pauseImage: (image: string): string => `kubelet --pod-infra-container-image = ${image}`,
  noPauseImage: 'kubelet --pod-infra-container-image dropped',
  service: 'kubelet restarted with these settings',
  stopped: 'kubelet stopped while the node is empty',
  cgroupRoots: 'cgroups of pods made anew',
} as const;
