import type { DesiredRegistry, DesiredRuntime } from '../../core/desired.ts';
import { withoutEndingSlashes } from '../../core/ending-slashes.ts';
import type { Observed } from '../../core/observed.ts';
import { hostOf, pathOf } from '../../core/registry-name.ts';
import { dockerCertificates, type RegistryFiles } from '../../facts/registry-files.ts';
import type { JsonEdit } from '../../json/edit.ts';
import type { JsonObject, JsonValue } from '../../json/parse.ts';
import type { Refusal } from '../installer.ts';
import { planRefused } from '../known-facts.ts';
import { fileAt, noParts, type PartsPlan, planCertificates, plannedParts } from '../registries/files.ts';

type Registries = Pick<DesiredRuntime, 'registries'>;

/** Keys of daemon.json that must hold more, or something else; [] = as desired. */
export const registryEdits = (config: JsonObject, { registries }: Registries): readonly JsonEdit[] => {
  const hub = registries.find(({ name }) => name === 'docker.io')?.mirrors ?? [];
  const mirrors = listOf(config['registry-mirrors']);
  const wanted = [...hub, ...mirrors.filter(url => !hub.includes(withoutEndingSlashes(url)))];
  const isThere = hub.every((url, index) => withoutEndingSlashes(mirrors[index] ?? '') === url);
  const insecure = listOf(config['insecure-registries']);
  const refused = registries.filter(({ skipVerify }) => skipVerify === false).map(({ name }) => name);
  const asked = registries.filter(({ skipVerify }) => skipVerify === true).map(({ name }) => name);
  const lenient = [...new Set([...insecure.filter(name => !refused.includes(name)), ...asked])];
  return [
    ...(isThere ? [] : [{ path: ['registry-mirrors'], value: wanted } as const]),
    ...(lenient.join() === insecure.join() ? [] : [{ path: ['insecure-registries'], value: lenient } as const]),
  ];
};

const listOf = (value: JsonValue | undefined): readonly string[] =>
  Array.isArray(value) ? value.filter(item => typeof item === 'string') : [];

/** What the inventory asks for and Docker has no way to do, with the ways out. */
export const unableRegistries = ({ registries }: Registries): readonly Refusal[] => registries.flatMap(unable);

const unable = ({ name, mirrors, ca, skipVerify }: DesiredRegistry): readonly Refusal[] => {
  if (name !== 'docker.io' && mirrors.length > 0) {
    const mirror = hostOf(mirrors[0] ?? '');
    return [
      planRefused(
        `the inventory gives mirrors for ${name === '*' ? 'every registry ("*")' : name}, and Docker can mirror docker.io alone`,
        `Use containerd or CRI-O; or name images by the mirror itself (runtime.sandboxImage: ${mirror}/pause:TAG, imageRepository: ${mirror} for kubeadm) and keep only docker.io in runtime.registryMirrors of this host.`,
      ),
    ];
  }
  const deep = mirrors.filter(url => pathOf(url) !== '');
  if (deep.length > 0) {
    return [
      planRefused(
        `the mirror ${deep[0]} of docker.io has a path, and Docker takes mirrors at the root of their host only`,
        `Give a mirror without a path, such as https://${hostOf(deep[0] ?? '')}.`,
      ),
    ];
  }
  if ((name === 'docker.io' || name === '*') && (ca !== undefined || skipVerify !== undefined)) {
    return [
      planRefused(
        `the inventory says how ${name === '*' ? 'every registry ("*")' : 'docker.io'} is trusted, and Docker can be told that of single registries other than docker.io only`,
        'Put the certificates into the trust store of the host (update-ca-certificates), and leave this entry of runtime.registries out for this host.',
      ),
    ];
  }
  return [];
};

/** Read at each pull, so nothing is reloaded for them. */
export const planDockerCertificates = (observed: Observed<RegistryFiles>, { registries }: Registries): PartsPlan => {
  const trusted = registries.filter(({ ca }) => ca !== undefined);
  if (trusted.length === 0) return noParts;
  if (!observed.known) {
    return { ...noParts, refusals: [planRefused(`what this host has of registries is unknown: ${observed.reason}`)] };
  }
  const files = observed.value;
  return plannedParts(
    trusted.map(registry => planCertificates(registry, fileAt(files, `${dockerCertificates}/${registry.name}/ca.crt`))),
    files,
  );
};
