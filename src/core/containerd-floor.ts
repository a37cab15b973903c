/** First containerd with CRI v1, the only one that kubelets speak since 1.26. */
export const containerdFloor = '1.6';
