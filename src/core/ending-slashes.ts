/** Of a path or URL; programs take directories with them and without, `/` stays. */
export const withoutEndingSlashes = (text: string): string => text.replace(/(?<=.)\/+$/, '');
