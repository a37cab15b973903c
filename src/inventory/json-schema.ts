import * as z from 'zod';
import { inventorySchema } from './schema.ts';

/** The part of JSON Schema 2020-12 that the inventory's schema uses. */
export interface JsonSchema {
  readonly $schema?: string;
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, JsonSchema>>;
  readonly title?: string;
  readonly description?: string;
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly patternProperties?: Readonly<Record<string, JsonSchema>>;
  readonly propertyNames?: JsonSchema;
  readonly additionalProperties?: JsonSchema | false;
  readonly required?: readonly string[];
  readonly minProperties?: number;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
}

/** Keys at the top that nodeprep does not look at (a place for anchors). */
export const isExtensionKey = (key: string): boolean => key.startsWith('x-');

/** JSON Schema 2020-12 of the inventory, from the definition that validates it. */
export const inventoryJsonSchema = (): JsonSchema => {
  const schema = z.toJSONSchema(inventorySchema, { target: 'draft-2020-12', io: 'input' }) as JsonSchema;
  return { ...schema, patternProperties: { '^x-': {} } };
};
