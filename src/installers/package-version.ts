/** `1:1.7.24~ds1-6+b4` → `1.7.24~ds1-6+b4`. */
const withoutEpoch = (version: string): string => version.replace(/^\d+:/, '');

/** The upstream part of a package's version, for people and for comparing: `1.7.24~ds1-6+b4` → `1.7.24`. */
export const upstreamOf = (version: string): string => /^[\d.]+\d|^\d+/.exec(withoutEpoch(version))?.[0] ?? version;

/** Whether a package version is the wanted one or one of its line: `1.7` takes `1.7.24~ds1`, `1.7.2` does not take `1.7.24`. */
export const matchesPrefix = (version: string, wanted: string): boolean => {
  const found = withoutEpoch(version);
  const prefix = withoutEpoch(wanted);
  return found === prefix || (found.startsWith(prefix) && /^[.~+^-]/.test(found.slice(prefix.length)));
};
