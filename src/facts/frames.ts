/** What one program may answer. A host that sends more is cut off; more in one item makes that item unknown. */
export const answerLimits = {
  /** All output of the session, noise included. */
  totalBytes: 16 * 1024 * 1024,
  itemBytes: 1024 * 1024,
  /** Text of all `files` items together. */
  filesBytes: 4 * 1024 * 1024,
} as const;

export interface Frame {
  readonly exitCode: number;
  readonly bytes: Buffer;
}

export type ParsedAnswer =
  | { readonly state: 'complete'; readonly frames: ReadonlyMap<string, Frame> }
  /** Our program spoke, but the end is missing. */
  | { readonly state: 'cut'; readonly lastItem: string | undefined }
  /** No word of our program. */
  | { readonly state: 'silent' };

/**
 * Splits an answer into frames: noise, `MARKER begin 1`, per item `MARKER item ID`, raw bytes, `MARKER end CODE`, at last `MARKER done`.
 * Total: whatever the bytes, it answers and never throws.
 */
export const parseFrames = (answer: Buffer, marker: string): ParsedAnswer => {
  const begin = Buffer.from(`${marker} begin 1\n`);
  const start = answer.indexOf(begin);
  if (start < 0) return { state: 'silent' };
  const frames = new Map<string, Frame>();
  let position = start + begin.length;
  let lastItem: string | undefined;
  for (;;) {
    const line = lineAt(answer, position);
    if (line === undefined) return { state: 'cut', lastItem };
    if (line === `${marker} done`) return { state: 'complete', frames };
    const id = itemId(line, marker);
    if (id === undefined) return { state: 'cut', lastItem };
    lastItem = id;
    const from = position + line.length + 1;
    const end = answer.indexOf(`\n${marker} end `, from);
    const code = end < 0 ? undefined : lineAt(answer, end + 1);
    if (code === undefined) return { state: 'cut', lastItem };
    frames.set(id, { exitCode: exitCodeOf(code), bytes: answer.subarray(from, end) });
    position = end + 1 + code.length + 1;
  }
};

/** Whether the last line of an answer is there; `tail` is what came last. */
export const endsAnswer = (tail: Buffer, marker: string): boolean => tail.includes(`${marker} done\n`);

const longestLine = 256;

const lineAt = (answer: Buffer, position: number): string | undefined => {
  const end = answer.indexOf(0x0a, position);
  return end < 0 || end - position > longestLine ? undefined : answer.toString('latin1', position, end);
};

const itemId = (line: string, marker: string): string | undefined => {
  const head = `${marker} item `;
  return line.startsWith(head) ? line.slice(head.length) : undefined;
};

const exitCodeOf = (line: string): number => {
  const code = Number(line.slice(line.lastIndexOf(' ') + 1));
  return Number.isInteger(code) ? code : 255;
};
