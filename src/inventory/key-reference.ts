import { inventoryJsonSchema, type JsonSchema } from './json-schema.ts';
import { dereference } from './known-keys.ts';

const begin = '<!-- keys: generated from src/inventory/schema.ts by npm run docs -->';
const end = '<!-- end of keys -->';

/** docs/inventory.md with its tables of keys as they are now. */
export const withKeyReference = (document: string): string => {
  const from = document.indexOf(begin);
  const to = document.indexOf(end);
  if (from < 0 || to < from) throw new Error(`the document has no place for the keys: ${begin} … ${end}`);
  return `${document.slice(0, from)}${begin}\n\n${keyReference()}\n\n${document.slice(to)}`;
};

/** The tables of all keys in docs/inventory.md, from the definition that validates them. */
export const keyReference = (): string => {
  const root = inventoryJsonSchema();
  const settings = root.properties?.defaults ?? {};
  const isSetting = (prefix: string, key: string) =>
    /^(defaults|groups|hosts)\b/.test(prefix) && Object.hasOwn(settings.properties ?? {}, key);
  return [
    '### The file',
    '',
    ...tableOf(rowsOf(root, root, '', isSetting)),
    '',
    '### Settings',
    '',
    'These stand in `defaults`, in `groups.NAME` or in `hosts.NAME`.',
    '',
    ...tableOf(rowsOf(root, settings, '', () => false)),
  ].join('\n');
};

const tableOf = (rows: readonly string[]): readonly string[] => [
  '| key | value | default | meaning |',
  '|---|---|---|---|',
  ...rows,
];

type IsLeftOut = (prefix: string, key: string) => boolean;

const rowsOf = (root: JsonSchema, parent: JsonSchema, prefix: string, isLeftOut: IsLeftOut): readonly string[] =>
  Object.entries(childrenOf(parent))
    .filter(([key]) => !isLeftOut(prefix, key))
    .flatMap(([key, schema]) => {
      const path = key === '[]' ? `${prefix.slice(0, -1)}[]` : `${prefix}${key}`;
      return [rowOf(root, path, schema), ...rowsOf(root, dereference(root, schema) ?? {}, `${path}.`, isLeftOut)];
    });

const childrenOf = (schema: JsonSchema): Readonly<Record<string, JsonSchema>> => ({
  ...schema.properties,
  ...(schema.additionalProperties ? { NAME: schema.additionalProperties } : {}),
  ...(schema.items?.properties === undefined ? {} : { '[]': schema.items }),
});

const rowOf = (root: JsonSchema, path: string, schema: JsonSchema): string => {
  const standard = schema.default === undefined ? '' : `\`${String(schema.default)}\``;
  const meaning = schema.description ?? dereference(root, schema)?.description ?? '';
  const cells = [`\`${path}\``, describeType(root, schema), standard, meaning];
  return `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`;
};

const describeType = (root: JsonSchema, schema: JsonSchema): string => {
  if (schema.$ref === '#/$defs/secret') return '[secret](#secrets)';
  const target = dereference(root, schema) ?? {};
  if (target.enum !== undefined) return target.enum.map(value => `\`${String(value)}\``).join(', ');
  if (target.type === 'array') return `list of ${describeType(root, target.items ?? {})}`;
  if (target.type === 'object') return 'mapping';
  return target.anyOf?.map(alternative => alternative.type ?? 'mapping').join(' or ') ?? target.type ?? '';
};
