import type { JsonSchema } from './json-schema.ts';
import { formatPath, type Path } from './path.ts';
import type { Mistake } from './problems.ts';
import { looksSecret, namesSecret } from './secret-context.ts';
import { isSecretReference, secretForms } from './secret-issue.ts';
import type { YamlNode } from './yaml-tree.ts';

export interface ClearText extends Mistake {
  readonly path: Path;
}

/** Secrets that stand in the inventory itself, anywhere: refused, and never repeated in a message. */
export const findClearText = (root: YamlNode, schema: JsonSchema): readonly ClearText[] => {
  const found: ClearText[] = [];
  const visit = (node: YamlNode, path: Path): void => {
    if (node.kind === 'mapping') for (const [key, { value }] of node.entries) visit(value, [...path, key]);
    if (node.kind === 'sequence') for (const [index, item] of node.items.entries()) visit(item, [...path, index]);
    if (node.kind === 'scalar' && isClearText(node.value, path)) {
      found.push({ path, offset: node.offset, message: describe(path, schema) });
    }
  };
  visit(root, []);
  return found;
};

const isClearText = (value: unknown, path: Path): boolean => {
  const key = path.at(-1);
  if (typeof value === 'string' && looksSecret(value)) return true;
  return typeof key === 'string' && namesSecret(key) && value !== null && typeof value !== 'boolean';
};

const describe = (path: Path, schema: JsonSchema): string => {
  const name = formatPath(path);
  return isSecretReference(schema, path)
    ? `${name} holds a secret in clear text; write one of ${secretForms}`
    : `${name} holds a secret in clear text; take it out of the inventory`;
};
