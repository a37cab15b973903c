const suffixes: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/**
 * Thousandths of what the API writes (`1500m`, `2Gi`, `1e3`), so that sums of them stay whole numbers; parts of a thousandth count up.
 * Text that is no quantity is NaN, which fits nowhere.
 * https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */
export const milliOf = (quantity: string): number => {
  const [, number, suffix = '', exponent] =
    /^([+-]?(?:\d+\.?\d*|\.\d+))(?:([KMGTPE]i|[numkMGTPE])|[eE]([+-]?\d+))?$/.exec(quantity) ?? [];
  if (number === undefined) return Number.NaN;
  const factor =
    exponent === undefined ? (suffix === '' ? 1 : (suffixes[suffix] ?? Number.NaN)) : 10 ** Number(exponent);
  // Binary fractions: 0.001 × 1000 is a little more than 1 for some numbers.
  return Math.ceil(Number((Number(number) * factor * 1000).toFixed(6)));
};

/** By resource, in thousandths. */
export type Amounts = Readonly<Record<string, number>>;

export const amountsOf = (quantities: Readonly<Record<string, string>> = {}): Amounts =>
  Object.fromEntries(Object.entries(quantities).map(([resource, quantity]) => [resource, milliOf(quantity)]));

/** Added up in place: a node may have hundreds of pods. */
export const totalOf = (many: readonly Amounts[]): Amounts => {
  const total: Record<string, number> = {};
  for (const amounts of many) {
    for (const resource of Object.keys(amounts)) {
      total[resource] = (total[resource] ?? 0) + (amounts[resource] ?? 0);
    }
  }
  return total;
};

export const mostOf = (left: Amounts, right: Amounts): Amounts => {
  const most: Record<string, number> = { ...left };
  for (const [resource, amount] of Object.entries(right)) most[resource] = Math.max(most[resource] ?? 0, amount);
  return most;
};
