/** What an edit may write: that is all that settings of the kubelet need. */
export type YamlLiteral = boolean | number | string;

/** Words that some reader of YAML takes for something else than text; YAML 1.1, as the kubelet reads it, has many. */
const notPlain = /^(?:y|n|yes|no|on|off|true|false|null|~)$/i;

/** Letters first, and nothing that means something in block or flow style: unix:///run/x.sock may stand as it is. */
const plain = /^[A-Za-z/](?:[\w./@+-]|:(?=[\w./]))*$/;

/** `quote`: the marks that the file has around the value now. */
export const yamlLiteral = (value: YamlLiteral, quote: '"' | "'" | '' = ''): string => {
  if (typeof value !== 'string') return String(value);
  if (quote === "'" && /^[\x20-\x7e]*$/.test(value)) return `'${value.replaceAll("'", "''")}'`;
  return quote === '' && plain.test(value) && !notPlain.test(value) ? value : JSON.stringify(value);
};
