import type { Run } from '../core/result.ts';

/** JSON leaves DEL, C1 and bidi characters as they are; as `\u` escapes they are the same value and harmless on a terminal. */
const unescaped = /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

/** The run as it is, and nothing else (design 3.12). */
export const renderJson = (run: Run): string => jsonText(run, 2);

export const jsonText = (value: unknown, indent: number): string => {
  const text = JSON.stringify(value, null, indent);
  return `${text.replace(unescaped, character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)}\n`;
};
