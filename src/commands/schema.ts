import { inventoryJsonSchema as buildSchema } from '../inventory/json-schema.ts';

/** The text that `nodeprep schema` prints: JSON Schema 2020-12 of the inventory. */
export const inventoryJsonSchema = (): string => JSON.stringify(buildSchema(), null, 2);
