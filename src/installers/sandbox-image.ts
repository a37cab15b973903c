import type { ImageChange, ImageLoader } from '../changes/change.ts';
import { criSocketOf } from '../core/cri-endpoint.ts';
import type { DesiredArchive, DesiredNode, DesiredRuntime } from '../core/desired.ts';
import { fullImageName } from '../core/image-name.ts';
import { archiveWords } from './archive-change.ts';
import { disruptionOf } from './disruption.ts';
import { defineInstaller } from './installer.ts';
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
  needs: ['cri'],
  appliesTo: ({ runtime }) => runtime.archives?.sandboxImage !== undefined,
  plan(facts, { runtime }) {
    const known = knownFacts(facts, ['cri'], 'the sandbox image');
    const archive = runtime.archives?.sandboxImage;
    if (!known.known || archive === undefined) return known.known ? nothing : refused(...known.refusals);
    const socket = criSocketOf(runtime.name);
    const answer = known.value.cri[socket];
    const change = imageChange(runtime, archive);
    if (answer === undefined || !answer.answered) {
      const [setting = ''] = change.settings ?? [];
      return { ...nothing, later: [{ target: change.target, setting, disruption: change.disruption }] };
    }
    if (answer.images === undefined) {
      return refused(planRefused(`the runtime at ${socket} does not tell which images it has (CRI ListImages)`));
    }
    const wanted = fullImageName(runtime.sandboxImage);
    const isThere = answer.images.some(({ names }) => names.some(name => fullImageName(name) === wanted));
    return isThere ? nothing : { ...nothing, changes: [change] };
  },
});

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
