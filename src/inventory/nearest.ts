/** Longer names are not compared: nobody mistypes them, and the comparison costs length times length. */
const comparedLength = 64;

/** The candidate that a typing mistake most likely meant; undefined where none is close (a third of the letters may differ). */
export const nearest = (typed: string, candidates: Iterable<string>): string | undefined => {
  const wanted = typed.toLowerCase();
  if (wanted.length > comparedLength) return undefined;
  let best: { readonly name: string; readonly distance: number } | undefined;
  for (const name of candidates) {
    const limit = Math.max(1, Math.floor(Math.min(wanted.length, name.length) / 3));
    if (name.length > comparedLength || Math.abs(name.length - wanted.length) > limit) continue;
    const found = distance(wanted, name.toLowerCase());
    if (found <= limit && found < (best?.distance ?? Number.POSITIVE_INFINITY)) best = { name, distance: found };
  }
  return best?.name;
};

export const didYouMean = (typed: string, candidates: Iterable<string>): string => {
  const name = nearest(typed, candidates);
  return name === undefined ? '' : `; did you mean ${name}?`;
};

/** Insertions, deletions, replacements and swapped neighbours (optimal string alignment). */
const distance = (left: string, right: string): number => {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    for (let column = 1; column <= right.length; column++) {
      const replaced = (previous[column - 1] ?? 0) + (left[row - 1] === right[column - 1] ? 0 : 1);
      let cost = Math.min(replaced, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1);
      const swapped = left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      if (row > 1 && column > 1 && swapped) cost = Math.min(cost, (beforePrevious[column - 2] ?? 0) + 1);
      current.push(cost);
    }
    beforePrevious = previous;
    previous = current;
  }
  return previous[right.length] ?? 0;
};
