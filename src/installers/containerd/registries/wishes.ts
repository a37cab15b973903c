import type { DesiredRegistry } from '../../../core/desired.ts';
import { hostOf, upstreamHost } from '../../../core/registry-name.ts';
import type { InlineRegistries } from './inline.ts';

/** How one server is trusted; paths are those of the host. */
export interface Trust {
  readonly ca: readonly string[];
  readonly skipVerify: boolean | undefined;
  /** Certificate and key of ours that it asks for. */
  readonly client: readonly (readonly [string, string])[];
}

export interface Mirror {
  readonly url: string;
  readonly trust: Trust;
}

/** What a registry's hosts.toml must say. */
export interface RegistryWish {
  /** As images name it; `*` for every registry without a file of its own. */
  readonly name: string;
  readonly mirrors: readonly Mirror[];
  /** Of the registry itself. */
  readonly trust: Trust;
  /** Part of it comes from config.toml, where nobody can look it up again afterwards. */
  readonly carried: boolean;
}

export interface WishSources {
  readonly registries: readonly DesiredRegistry[];
  readonly inline: InlineRegistries;
  /** Where the certificates of a registry are put. */
  readonly caPathOf: (registry: string) => string;
}

/** From the inventory, and from what config.toml says in the way that goes with no config_path. The inventory's mirrors come first. */
export const registryWishes = (sources: WishSources): readonly RegistryWish[] => {
  const { registries, inline } = sources;
  const names = new Set([
    ...registries.filter(isWish).map(({ name }) => name),
    ...Object.keys(inline.mirrors),
    ...Object.keys(inline.trust),
  ]);
  return [...names].map(name => wishOf(name, sources)).filter(wish => wish.mirrors.length > 0 || asks(wish.trust));
};

export const asks = ({ ca, skipVerify, client }: Trust): boolean =>
  ca.length > 0 || skipVerify !== undefined || client.length > 0;

const isWish = ({ mirrors, ca, skipVerify }: DesiredRegistry): boolean =>
  mirrors.length > 0 || ca !== undefined || skipVerify !== undefined;

const wishOf = (name: string, sources: WishSources): RegistryWish => {
  const bare = { ...sources, inline: { mirrors: {}, trust: {}, unknown: [] } };
  const wish = { name, mirrors: mirrorsOf(name, sources), trust: trustOf(upstreamHost(name), sources) };
  const asked = { name, mirrors: mirrorsOf(name, bare), trust: trustOf(upstreamHost(name), bare) };
  return { ...wish, carried: JSON.stringify(wish) !== JSON.stringify(asked) };
};

/** A registry with a file of its own does not get the mirrors of `*` any more, so they are named there too. */
const mirrorsOf = (name: string, sources: WishSources): readonly Mirror[] => {
  const own = urlsOf(name, sources);
  const urls = own.length > 0 ? own : urlsOf('*', sources);
  return [...new Set(urls)].map(url => ({ url, trust: trustOf(hostOf(url), sources) }));
};

const urlsOf = (name: string, { registries, inline }: WishSources): readonly string[] => [
  ...registries.filter(registry => registry.name === name).flatMap(({ mirrors }) => mirrors),
  // The registry itself comes last in any case.
  ...(ownValue(inline.mirrors, name) ?? []).filter(url => url !== `https://${upstreamHost(name)}`),
];

const trustOf = (host: string, { registries, inline, caPathOf }: WishSources): Trust => {
  const asked = registries.find(({ name }) => upstreamHost(name) === host);
  const carried = ownValue(inline.trust, host);
  return {
    ca: [...(asked?.ca === undefined ? [] : [caPathOf(asked.name)]), ...(carried?.ca ?? [])],
    skipVerify: asked?.skipVerify ?? carried?.skipVerify,
    client: carried?.client ?? [],
  };
};

const ownValue = <T>(record: Readonly<Record<string, T>>, key: string): T | undefined =>
  Object.hasOwn(record, key) ? record[key] : undefined;
