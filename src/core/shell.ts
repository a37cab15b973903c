/** Quotes one word for a POSIX shell: nothing in it is special any more. The only place that quotes (handbook 7.3, 3). */
export const quote = (word: string): string =>
  /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;

export const quoteAll = (words: readonly string[]): string => words.map(quote).join(' ');
