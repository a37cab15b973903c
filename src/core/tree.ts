/** What TOML, YAML and JSON call a table, a map and an object. */
export const isTable = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** undefined: nothing of that name, or what holds it is no table. */
export const at = (value: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>((found, key) => (isTable(found) && Object.hasOwn(found, key) ? found[key] : undefined), value);

/** A string that says something. */
export const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;
