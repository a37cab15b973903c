import type { ImageChange } from '../changes/change.ts';
import { criSocketOf } from '../core/cri-endpoint.ts';
import type { DesiredArchive, DesiredNode, DesiredRuntime } from '../core/desired.ts';
import { fullImageName } from '../core/image-name.ts';
import type { Observed } from '../core/observed.ts';
import { profileOf } from '../core/runtimes/index.ts';
import type { FactValues } from '../facts/index.ts';
import type { Tools } from '../facts/tools.ts';
import type { OsFamily } from '../os/os-family.ts';
import { archiveWords } from './archive-change.ts';
import { disruptionOf } from './disruption.ts';
import { defineInstaller } from './installer.ts';
import { knownFacts, nothing, planRefused, refused } from './known-facts.ts';
import { noProgram, type PackagePlan, planRuntimePackage } from './package-plan.ts';

const component = 'sandboxImage';
/** Of every family, where the host has none that does it. */
export const loaderPackage = 'skopeo';

/** The image of pod sandboxes from a file, where the runtime does not have it; what is there stays, whoever brought it. */
export const sandboxImage = defineInstaller({
  id: 'sandbox-image',
  source: 'https://kubernetes.io/docs/concepts/containers/images/#pre-pulled-images',
  needs: ['candidates', 'clock', 'clusterState', 'cri', 'packages', 'tools'],
  appliesTo: ({ runtime }) => runtime.archives?.sandboxImage !== undefined,
  plan(facts, { runtime }, os) {
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
    const program = lacksLoader(runtime, facts.tools) ? planLoader(facts, runtime, os) : nothing;
    if (program.refusals.length > 0) return refused(...program.refusals);
    const change = imageChange(runtime, archive);
    if (answer?.answered === true && program.changes.length === 0) return { ...nothing, changes: [change] };
    const [setting = ''] = change.settings ?? [];
    const later = [{ target: change.target, setting, disruption: change.disruption }];
    return { ...nothing, changes: program.changes, later };
  },
});

const lacksLoader = ({ name }: DesiredRuntime, tools: Observed<Tools>): boolean =>
  profileOf(name).imageLoader === 'containers-storage' &&
  tools.known &&
  tools.value.podman == null &&
  tools.value.skopeo == null;

type LoaderFacts = {
  readonly [K in 'candidates' | 'clock' | 'clusterState' | 'packages']: Observed<FactValues[K]>;
};

/** In the first round, with CRI-O's own packages: what both bring below /etc is there before anything of it is judged. */
const planLoader = (facts: LoaderFacts, runtime: DesiredRuntime, os: OsFamily): PackagePlan => {
  const known = knownFacts(facts, ['clock', 'clusterState', 'packages'], loaderPackage);
  if (!known.known) return refused(...known.refusals);
  const { clock, clusterState, packages } = known.value;
  const why = 'an image archive gets into the store of CRI-O by podman or skopeo, and this host has neither';
  const { changes, refusals } = planRuntimePackage(
    {
      name: loaderPackage,
      label: loaderPackage,
      program: noProgram,
      disruption: { install: 'image-loader', upgrade: 'image-loader' },
      holds: [],
      companion: why,
    },
    { packages, clock, candidates: facts.candidates, joined: clusterState.joined },
    { ...runtime, version: undefined },
    os,
  );
  const hint =
    runtime.offline === true
      ? 'Make the bundle again with --from a host of this release, or, where hosts have the image, without it: --without-images.'
      : 'Install one of them on the host, or take runtime.archives.sandboxImage out and give a mirror with the image (runtime.registryMirrors).';
  return { changes, refusals: refusals.map(({ message }) => planRefused(`${why}: ${message}`, hint)) };
};

/** A running daemon takes it, and disturbs nobody with it. */
const imageChange = ({ name, sandboxImage: image }: DesiredNode['runtime'], archive: DesiredArchive): ImageChange => ({
  kind: 'image',
  id: `image:${image}`,
  target: image,
  component,
  image,
  loader: profileOf(name).imageLoader,
  source: archive.source,
  sha256: archive.sha256,
  summary: `loaded ${archiveWords(archive)}`,
  because: 'pods need it, and it need not be pulled',
  phase: 'stage',
  disruption: disruptionOf('sandbox-image'),
  reversible: true,
  settings: ['loaded from its archive'],
});
