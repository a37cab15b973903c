import type { ImageChange, ImageLoader } from '../changes/change.ts';
import { criSocketOf } from '../core/cri-endpoint.ts';
import type { DesiredArchive, DesiredNode, DesiredRuntime } from '../core/desired.ts';
import { fullImageName } from '../core/image-name.ts';
import type { Observed } from '../core/observed.ts';
import type { Tools } from '../facts/tools.ts';
import { archiveWords } from './archive-change.ts';
import { disruptionOf } from './disruption.ts';
import { defineInstaller, type Refusal } from './installer.ts';
import { knownFacts, nothing, planRefused, refused } from './known-facts.ts';

const component = 'sandboxImage';

const loaders: Readonly<Record<DesiredRuntime['name'], ImageLoader>> = {
  containerd: 'ctr',
  'cri-o': 'containers-storage',
  docker: 'docker',
  mirantis: 'docker',
};

/** The image of pod sandboxes from a file, where the runtime does not have it; what is there stays, whoever brought it. */
export const sandboxImage = defineInstaller({
  id: 'sandbox-image',
  source: 'https://kubernetes.io/docs/concepts/containers/images/#pre-pulled-images',
  needs: ['cri', 'tools'],
  appliesTo: ({ runtime }) => runtime.archives?.sandboxImage !== undefined,
  plan(facts, { runtime }) {
    const known = knownFacts(facts, ['cri'], 'the sandbox image');
    const archive = runtime.archives?.sandboxImage;
    if (!known.known || archive === undefined) return known.known ? nothing : refused(...known.refusals);
    const socket = criSocketOf(runtime.name);
    const answer = known.value.cri[socket];
    if (answer?.answered === true) {
      if (answer.images === undefined) {
        return refused(planRefused(`the runtime at ${socket} does not tell which images it has (CRI ListImages)`));
      }
      const wanted = fullImageName(runtime.sandboxImage);
      if (answer.images.some(({ names }) => names.some(name => fullImageName(name) === wanted))) return nothing;
    }
    const unable = unableToLoad(runtime, facts.tools);
    if (unable !== undefined) return refused(unable);
    const change = imageChange(runtime, archive);
    if (answer?.answered === true) return { ...nothing, changes: [change] };
    const [setting = ''] = change.settings ?? [];
    return { ...nothing, later: [{ target: change.target, setting, disruption: change.disruption }] };
  },
});

/** Told before CRI-O is there, rather than in the round that would load it. */
export const unableToLoad = ({ name }: DesiredRuntime, tools: Observed<Tools>): Refusal | undefined =>
  name !== 'cri-o' || !tools.known || tools.value.podman != null || tools.value.skopeo != null
    ? undefined
    : planRefused(
        'an image archive gets into the store of CRI-O by podman or skopeo, and this host has neither',
        'Install one of them on the host, or take runtime.archives.sandboxImage out and give a mirror with the image (runtime.registryMirrors).',
      );

/** A running daemon takes it, and disturbs nobody with it. */
const imageChange = ({ name, sandboxImage: image }: DesiredNode['runtime'], archive: DesiredArchive): ImageChange => ({
  kind: 'image',
  id: `image:${image}`,
  target: image,
  component,
  image,
  loader: loaders[name],
  source: archive.source,
  sha256: archive.sha256,
  summary: `loaded ${archiveWords(archive)}`,
  because: 'pods need it, and it need not be pulled',
  phase: 'stage',
  disruption: disruptionOf('sandbox-image'),
  reversible: true,
  settings: ['loaded from its archive'],
});
