/** A fact that could not be read is `known: false` with the reason; never empty, never zero (design 3.1). */
export type Observed<T> =
  | { readonly known: true; readonly value: T }
  | { readonly known: false; readonly reason: string };

export const known = <T>(value: T): Observed<T> => ({ known: true, value });
export const unknown = (reason: string): Observed<never> => ({ known: false, reason });
