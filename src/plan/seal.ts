import { createHmac } from 'node:crypto';

/** Keyed hash of a value by which it is recognised: without the key nobody can try guesses at a secret in it. */
export const seal = (value: unknown, salt: string): string =>
  createHmac('sha256', salt).update(canonical(value)).digest('hex');

/** JSON with sorted keys. */
export const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([left], [right]) => (left < right ? -1 : 1)))
      : inner,
  );
