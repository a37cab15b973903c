/** Dear (half a second of CPU): gathered by plan and apply only. Name → versions on offer, best first. */
export type Candidates = Readonly<
  Record<string, { readonly candidate: string | null; readonly versions: readonly string[] }>
>;
