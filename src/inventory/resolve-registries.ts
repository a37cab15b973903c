import type { DesiredRegistry } from '../core/desired.ts';
import { withoutEndingSlashes } from '../core/ending-slashes.ts';
import type { CertificateReader } from './certificates.ts';
import type { Settings } from './schema.ts';

type RuntimeSettings = NonNullable<Settings['runtime']>;

/** Mirrors and trust of a registry are two keys of the inventory and one thing on a host. */
export const resolveRegistries = (
  { registryMirrors = {}, registries = {} }: RuntimeSettings,
  read: CertificateReader | undefined,
): readonly DesiredRegistry[] => {
  const names = new Set([...Object.keys(registryMirrors), ...Object.keys(registries)]);
  return [...names].map(name => {
    const trust = Object.hasOwn(registries, name) ? registries[name] : undefined;
    const mirrors = Object.hasOwn(registryMirrors, name) ? (registryMirrors[name] ?? []) : [];
    return {
      name,
      mirrors: [...new Set(mirrors.map(withoutEndingSlashes))],
      ca: trust?.ca === undefined ? undefined : { path: trust.ca, text: textOf(trust.ca, read) },
      skipVerify: trust?.skipVerify,
    };
  });
};

/** That it can be read has been checked with the rest of the inventory. */
const textOf = (path: string, read: CertificateReader | undefined): string => {
  const found = read?.(path);
  return found?.ok === true ? found.text : '';
};
