/** Hosts that share a value which should be theirs alone; those without one are left out. */
export interface Duplicate {
  readonly value: string;
  readonly hosts: readonly string[];
}

export const duplicates = (values: ReadonlyMap<string, string | null>): readonly Duplicate[] => {
  const byValue = new Map<string, string[]>();
  for (const [host, value] of values) {
    if (value !== null && value !== '') byValue.set(value, [...(byValue.get(value) ?? []), host]);
  }
  return [...byValue].filter(([, hosts]) => hosts.length > 1).map(([value, hosts]) => ({ value, hosts }));
};

export const tellDuplicates = (found: readonly Duplicate[]): string =>
  found.map(({ value, hosts }) => `${value} on ${hosts.join(', ')}`).join('; ');

export const mapValues = <V, W>(map: ReadonlyMap<string, V>, toValue: (value: V) => W): ReadonlyMap<string, W> =>
  new Map([...map].map(([key, value]) => [key, toValue(value)]));
