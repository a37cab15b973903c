/** Marks sandboxes that nodeprep started as proof (design 3.11); its value is the run. Kubelets' sandboxes never bear it. */
export const proofLabel = 'nodeprep.io/proof';

export const isProof = ({ labels }: { readonly labels: Readonly<Record<string, string>> }): boolean =>
  labels[proofLabel] !== undefined;
