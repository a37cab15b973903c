import type { JsonSchema } from './json-schema.ts';
import { didYouMean, nearest } from './nearest.ts';
import type { Path } from './path.ts';

/** What the schema says about the value at a path; of alternatives (`anyOf`) the first that knows the way. */
export const schemaAt = (root: JsonSchema, path: Path): JsonSchema | undefined => {
  const walk = (schema: JsonSchema | undefined, rest: Path): JsonSchema | undefined => {
    const here = dereference(root, schema);
    const [step, ...after] = rest;
    if (here === undefined || step === undefined) return here;
    for (const alternative of here.anyOf ?? []) {
      const found = walk(alternative, rest);
      if (found !== undefined) return found;
    }
    return walk(childSchema(here, step), after);
  };
  return walk(root, path);
};

const childSchema = (schema: JsonSchema, step: PropertyKey): JsonSchema | undefined => {
  if (typeof step === 'number') return schema.items;
  const { properties = {}, additionalProperties } = schema;
  return Object.hasOwn(properties, step) ? properties[String(step)] : additionalProperties || undefined;
};

export const dereference = (root: JsonSchema, schema: JsonSchema | undefined): JsonSchema | undefined => {
  const id = schema?.$ref?.replace('#/$defs/', '');
  return id === undefined ? schema : root.$defs?.[id];
};

export const keysOf = (schema: JsonSchema | undefined): readonly string[] => Object.keys(schema?.properties ?? {});

/** What to write instead of a key that is unknown at `path`: a near name there, the same name one level deeper, or all names there. */
export const suggestKey = (root: JsonSchema, path: Path, typed: string): string => {
  const schema = schemaAt(root, path);
  const here = keysOf(schema);
  if (nearest(typed, here) !== undefined) return didYouMean(typed, here);
  for (const parent of here) {
    const same = keysOf(schemaAt(root, [...path, parent])).find(key => key.toLowerCase() === typed.toLowerCase());
    if (same !== undefined) return `; did you mean ${parent}.${same}?`;
  }
  return here.length === 0 ? '' : `; known here: ${here.join(', ')}`;
};
