import type { Finding } from '../core/result.ts';
import type { ObservedFacts } from '../facts/index.ts';
import {
  configzShowsDriver,
  driverEvidence,
  kubeletDriverInForce,
  runningSettings,
} from '../facts/kubelet-in-force.ts';

type Evidence = Pick<ObservedFacts, 'clusterState' | 'cri' | 'kubelet' | 'services'>;

/** What configz of the kubelet on this host is worth asking: it is a node, and its version shows there what it took. */
export const isWorthAsking = ({ clusterState, kubelet }: Evidence): boolean => {
  if (!clusterState.known || !clusterState.value.joined || !kubelet.known) return false;
  const version = clusterState.value.kubeletVersion;
  if (version === undefined || kubelet.value.running === undefined) return false;
  const running = runningSettings(kubelet.value, version);
  return configzShowsDriver(version, running.known ? running.value.featureGates : {});
};

/** The kubelet's own word beside what its cgroups say; undefined: one of the two is not to be had. */
export const secondOpinion = (facts: Evidence, configz: string | undefined): Finding | undefined => {
  const { clusterState, cri, kubelet, services } = facts;
  if (configz === undefined || !isWorthAsking(facts) || !clusterState.known || !kubelet.known) return undefined;
  const version = clusterState.value.kubeletVersion ?? '';
  const evidence = driverEvidence(
    kubelet.value,
    version,
    cri.known ? cri.value : {},
    services.known ? services.value : {},
  );
  const found = kubeletDriverInForce(evidence);
  if (!found.known) return undefined;
  const { value, from } = found.value;
  const observed = `configz ${configz}, ${from}: ${value}`;
  if (configz === value) return { ...base, status: 'pass', message: title, observed };
  return {
    ...base,
    status: 'fail',
    message: `the kubelet says in configz that it uses ${configz}, and what it has made says ${value}`,
    observed,
    expected: 'the same from both',
    remedy: 'restart the kubelet once its node is drained, then plan again: kubectl drain, systemctl restart kubelet',
  };
};

const title = 'The kubelet says of its cgroup driver what its cgroups say';

const base = {
  check: 'kubelet-configz',
  title,
  severity: 'warning',
  fixedByApply: false,
  source: 'https://github.com/kubernetes/kubernetes/pull/134743',
} as const;
