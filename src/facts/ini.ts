/** One `key = value` of a section; a value goes on in lines that begin with a blank. */
export interface IniSection {
  readonly name: string;
  readonly values: ReadonlyMap<string, string>;
}

/** As dnf reads its files: `#` and `;` begin comment lines, keys in any case, the last of a key wins. */
export const parseIni = (text: string): readonly IniSection[] => {
  const sections: { name: string; values: Map<string, string> }[] = [];
  let key: string | undefined;
  for (const line of text.split(/\r?\n/)) {
    if (/^\s*([#;].*)?$/.test(line)) continue;
    const name = /^\[([^\]]*)\]/.exec(line)?.[1];
    if (name !== undefined) {
      sections.push({ name, values: new Map() });
      key = undefined;
      continue;
    }
    const values = sections.at(-1)?.values;
    if (values === undefined) continue;
    if (/^\s/.test(line)) {
      if (key !== undefined) values.set(key, `${values.get(key) ?? ''} ${line.trim()}`.trim());
      continue;
    }
    const [, word, value = ''] = /^([^=]+?)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    key = word?.toLowerCase();
    if (key !== undefined) values.set(key, value);
  }
  return sections;
};
