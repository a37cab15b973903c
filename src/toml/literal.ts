/** What an edit may write: that is all that runtimes' settings need. */
export type Literal = boolean | number | string | readonly string[];

export const literalText = (value: Literal): string => {
  if (typeof value === 'string') return basicString(value);
  if (typeof value === 'boolean' || typeof value === 'number') return String(value);
  return `[${value.map(basicString).join(', ')}]`;
};

export const keyText = (key: string): string => (/^[A-Za-z0-9_-]+$/.test(key) ? key : basicString(key));

/** JSON's escapes are a subset of TOML's, except that DEL must be escaped too. */
const basicString = (text: string): string => JSON.stringify(text).replaceAll('\u007F', '\\u007F');
