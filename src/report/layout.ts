const zeroWidth = /^[\p{Mn}\p{Me}\p{Cf}]$/u;
const doubleWidth =
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\uff01-\uff60]$/u;
const sgrCodes = /\u001b\[[0-9;]*m/g;

/** Columns that the text takes on a terminal; our own colour codes take none. */
export const textWidth = (text: string): number => {
  let columns = 0;
  for (const character of text.replace(sgrCodes, '')) {
    if (!zeroWidth.test(character)) columns += doubleWidth.test(character) ? 2 : 1;
  }
  return columns;
};

const wrapLine = (line: string, width: number): string[] => {
  const lines: string[] = [];
  let current = '';
  for (const word of line.split(' ')) {
    const longer = current === '' ? word : `${current} ${word}`;
    if (current !== '' && textWidth(longer) > width) {
      lines.push(current.trimEnd());
      current = word;
    } else {
      current = longer;
    }
  }
  return [...lines, current.trimEnd()];
};

/** Breaks at spaces only: a path, URL or command that is longer than the line stays whole, so that it can be copied. */
export const wrap = (text: string, width: number): string[] =>
  text.split('\n').flatMap(line => (textWidth(line) <= width ? [line.trimEnd()] : wrapLine(line, width)));

const padEnd = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - textWidth(text)));

/** `key        text`, the text wrapped in its own column. */
export const keyed = (key: string, text: string, indent: number, keyWidth: number, width: number): string[] => {
  const left = indent + keyWidth;
  return wrap(text, Math.max(20, width - left)).map((line, index) =>
    `${' '.repeat(indent)}${padEnd(index === 0 ? key : '', keyWidth)}${line}`.trimEnd(),
  );
};

/**
 * Text at the left and a short word at the right edge. Where both do not fit, the text is wrapped beside the word;
 * on a narrow terminal the word gets its own line.
 */
export const edged = (
  first: string,
  text: string,
  right: string,
  width: number,
  paint: { readonly text?: (line: string) => string; readonly right?: (word: string) => string } = {},
): string[] => {
  const indent = textWidth(first);
  const paintText = paint.text ?? (line => line);
  const paintRight = paint.right ?? (word => word);
  const isNarrow = width < 60 || right === '';
  const room = Math.max(16, width - indent - (isNarrow ? 0 : textWidth(right) + 2));
  const lines = wrap(text, room);
  const hanging = ' '.repeat(Math.max(2, indent));
  const body = lines.map((line, index) => (index === 0 ? first : hanging) + paintText(line));
  if (right === '') return body;
  const push = (left: string) =>
    padEnd(left, Math.max(textWidth(left) + 2, width - textWidth(right))) + paintRight(right);
  const [head = '', ...rest] = body;
  if (!isNarrow || (lines.length === 1 && textWidth(head) + 2 + textWidth(right) <= width))
    return [push(head), ...rest];
  return [...body, ' '.repeat(Math.max(indent, width - textWidth(right))) + paintRight(right)];
};
