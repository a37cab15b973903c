import { criSocketOf } from '../../core/cri-endpoint.ts';
import { isPinned, pinsSandboxImage, pinsSince, sparesByFlag } from '../../core/pinned-image.ts';
import { profileOf } from '../../core/runtimes/index.ts';
import { defineCheck } from '../check.ts';
import { needsOfRuntime, runtimeFacts, runtimeOf } from '../runtimes/index.ts';
import { isInstalled } from '../runtimes/runtime-view.ts';
import { nothingInForce } from '../support/runtime-state.ts';

export const sandboxImageKept = defineCheck({
  id: 'sandbox-image-kept',
  title: "The sandbox image is kept from the kubelet's garbage collection",
  severity: 'warning',
  source: 'https://github.com/kubernetes/kubernetes/pull/118544',
  needs: [...runtimeFacts, 'clusterState'],
  needsOn: needsOfRuntime('clusterState'),
  evaluate(facts, desired) {
    const nothing = nothingInForce(facts, desired);
    if (nothing !== undefined) return nothing;
    const kubelet = facts.clusterState.kubeletVersion ?? desired.kubernetesVersion;
    if (sparesByFlag(kubelet))
      return { status: 'skip', reason: `the kubelet of ${kubelet} spares it by its flag; see kubelet-pause-image` };
    const { criName, installed, sandboxImageInForce } = runtimeOf(desired);
    const { name, sandboxImage } = desired.runtime;
    const found = installed(facts);
    const version = isInstalled(found) ? found.version : undefined;
    const inForce = sandboxImageInForce(facts);
    const image = inForce.known ? inForce.value.value : sandboxImage;
    const answer = facts.cri[criSocketOf(name)];
    const pinned = isPinned(answer?.answered === true ? answer.images : undefined, image);
    if (pinned === true) return { status: 'pass', observed: `${image} is pinned` };
    if (version === undefined) return { status: 'unknown', reason: `${criName} did not tell its version` };
    const pins = pinsSandboxImage(name, version);
    if (pinned === undefined && pins) return { status: 'pass', observed: `${criName} ${version} pins what it pulls` };
    const cause = 'a kubelet that is short of disk removes it, and no pod starts until it is pulled again';
    const observed = pinned === undefined ? `${criName} ${version}` : `${criName} ${version}, ${image} not pinned`;
    return pins
      ? {
          status: 'fail',
          message: `${image} is not pinned, as it was there before it became the sandbox image: ${cause}`,
          observed,
          expected: `${image} pinned`,
          remedy: `crictl pull ${image}${profileOf(name).imageLoader === 'ctr' ? `, or without a registry: ctr -n k8s.io images label ${image} io.cri-containerd.pinned=pinned` : ''}`,
          fixedByApply: false,
        }
      : {
          status: 'fail',
          message: `${criName} ${version} pins no image, and from 1.29 on no flag of the kubelet spares ${image}: ${cause}`,
          observed,
          expected: `${criName} ${pinsSince(name)}, or newer`,
          remedy: `install a newer ${criName}: set runtime.version or runtime.source in the inventory to one that offers it; until then keep ${image} where the node can pull it`,
          fixedByApply: false,
        };
  },
});
