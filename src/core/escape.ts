/**
 * What a host sent must not steer a terminal: C0 and C1 control characters, bidi overrides, invisible characters that hide
 * or join text, line separators, tag characters and lone surrogates are shown as their code instead.
 */
const unsafe =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]|\p{Cs}/gu;

const code = (character: string): string => {
  const point = character.codePointAt(0) ?? 0;
  if (character === '\n') return '\\n';
  if (character === '\r') return '\\r';
  if (character === '\t') return '\\t';
  if (point <= 0xff) return `\\x${point.toString(16).padStart(2, '0')}`;
  return point <= 0xffff ? `\\u${point.toString(16).padStart(4, '0')}` : `\\u{${point.toString(16)}}`;
};

/** At most `maxLength` UTF-16 units; what is cut shows as `…`. Never splits a surrogate pair. */
export const bounded = (text: string, maxLength: number): string => {
  if (text.length <= maxLength) return text;
  const cut = text.slice(0, Math.max(0, maxLength - 1));
  return `${/[\ud800-\udbff]$/.test(cut) ? cut.slice(0, -1) : cut}…`;
};

/** One line of text that is safe to print; a line break in it shows as `\n`. */
export const escapeLine = (text: string, maxLength = 2_000): string =>
  bounded(bounded(text, maxLength).replace(unsafe, code), maxLength);

/** Text of several lines that is safe to print: line breaks and tabs stay, CRLF becomes a line break. */
export const escapeText = (text: string, maxLength = 64_000): string =>
  bounded(
    bounded(text, maxLength)
      .replaceAll('\r\n', '\n')
      .replace(unsafe, character => (character === '\n' || character === '\t' ? character : code(character))),
    maxLength,
  );
