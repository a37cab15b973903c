import { endpointOf, isSameSocket } from '../../core/cri-endpoint.ts';
import { known, type Observed, unknown } from '../../core/observed.ts';
import type { FactValues } from '../../facts/index.ts';
import {
  type DriverEvidence,
  driverEvidence,
  kubeletDriverInForce,
  runtimeOfKubelet,
} from '../../facts/kubelet-in-force.ts';
import { defineCheck } from '../check.ts';
import { needsOfRuntime, runtimeFacts } from '../runtimes/index.ts';
import { driversInForce } from '../support/containerd-in-force.ts';
import { kubeletVersion, noJoinedKubelet } from '../support/joined-kubelet.ts';
import { nothingInForce } from '../support/runtime-state.ts';

type Facts = Pick<FactValues, 'clusterState' | 'kubelet' | (typeof runtimeFacts)[number]>;

export const kubeletCgroupDriver = defineCheck({
  id: 'kubelet-cgroup-driver',
  title: 'Kubelet and runtime use the same cgroup driver',
  severity: 'error',
  source: 'https://kubernetes.io/docs/tasks/administer-cluster/kubeadm/configure-cgroup-driver/',
  needs: ['clusterState', 'kubelet', ...runtimeFacts],
  needsOn: needsOfRuntime('clusterState', 'kubelet', 'containerd'),
  fixable: true,
  evaluate(facts, desired) {
    const absent = noJoinedKubelet(facts);
    if (absent !== undefined) return absent;
    if (facts.kubelet.running === undefined) return { status: 'skip', reason: 'the kubelet does not run' };
    const version = kubeletVersion(facts, desired);
    // Not the planned one before it has moved there, nor after that was taken back.
    const isContainerds = isSameSocket(runtimeOfKubelet(facts.kubelet, version), endpointOf('containerd'));
    const nothing = isContainerds && desired.runtime.name === 'containerd' ? nothingInForce(facts, desired) : undefined;
    if (nothing !== undefined) return nothing;
    const evidence = driverEvidence(facts.kubelet, version, facts.cri, facts.services);
    const own = kubeletDriverInForce(evidence);
    if (!own.known) return { status: 'unknown', reason: `the driver of the kubelet: ${own.reason}` };
    const runtime = isContainerds ? containerdDriver(facts) : tellingDriver(evidence);
    if (!runtime.known) return { status: 'unknown', reason: `the driver of the runtime: ${runtime.reason}` };

    const told = `kubelet ${own.value.value} (${own.value.from}), runtime ${runtime.value.driver} (${runtime.value.from})`;
    if (own.value.value === runtime.value.driver) return { status: 'pass', observed: told };
    return {
      status: 'fail',
      message: `the kubelet uses ${own.value.value} and its runtime ${runtime.value.driver}: pods fail or are counted wrong`,
      observed: told,
      expected: `${desired.runtime.cgroupDriver} on both sides, as the inventory says`,
      remedy:
        'nodeprep apply with cluster in the inventory: it drains the node first and changes both sides while it is empty',
      fixedByApply: true,
    };
  },
});

interface RuntimeDriver {
  readonly driver: string;
  readonly from: string;
}

/** Of the default handler. */
const containerdDriver = (facts: Facts): Observed<RuntimeDriver> => {
  const drivers = driversInForce(facts);
  if (!drivers.known) return drivers;
  const [first] = drivers.value.value;
  return first === undefined
    ? unknown('no handler of containerd has a cgroup driver')
    : known({ driver: first.driver, from: drivers.value.from });
};

/** Runtimes other than containerd have one driver, which RuntimeConfig tells. */
const tellingDriver = ({ cri }: DriverEvidence): Observed<RuntimeDriver> => {
  if (cri?.answered !== true) return unknown('the runtime at the endpoint of the kubelet was not asked');
  return cri.cgroupDriver === null
    ? unknown('the runtime does not implement RuntimeConfig')
    : known({ driver: cri.cgroupDriver, from: 'CRI RuntimeConfig' });
};
