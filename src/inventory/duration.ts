const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;

export const durationPattern = /^[1-9]\d{0,7}(ms|s|m|h)$/;

/** `10s` → 10 000; undefined where the text is no duration. */
export const durationMs = (text: string): number | undefined => {
  const [, amount, unit] = /^(\d+)(ms|s|m|h)$/.exec(text) ?? [];
  return durationPattern.test(text) && unit !== undefined
    ? Number(amount) * unitMs[unit as keyof typeof unitMs]
    : undefined;
};
