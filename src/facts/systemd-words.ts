/** One assignment of a unit or environment file, with where it stands. */
export interface Assignment {
  readonly key: string;
  readonly value: string;
  readonly path: string;
  /** From 1. */
  readonly line: number;
}

interface LogicalLine {
  readonly text: string;
  readonly line: number;
}

/** Lines with those that end in a backslash joined to the next; comments between them do not count. */
const logicalLines = (text: string): readonly LogicalLine[] => {
  const joined: LogicalLine[] = [];
  let open: LogicalLine | undefined;
  text.split(/\r?\n/).forEach((raw, index) => {
    if (/^\s*[#;]/.test(raw)) return;
    const current: LogicalLine =
      open === undefined ? { text: raw, line: index + 1 } : { ...open, text: open.text + raw };
    open = raw.endsWith('\\') ? { ...current, text: `${current.text.slice(0, -1)} ` } : undefined;
    if (open === undefined) joined.push(current);
  });
  return open === undefined ? joined : [...joined, open];
};

/** The settings of one section of a unit file, in order; https://www.freedesktop.org/software/systemd/man/latest/systemd.syntax.html */
export const unitAssignments = (path: string, text: string, section: string): readonly Assignment[] => {
  let current = '';
  return logicalLines(text).flatMap(({ text: line, line: number }) => {
    current = /^\s*\[([^\]]+)\]/.exec(line)?.[1] ?? current;
    const [, key, value] = /^\s*(\w+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    return key === undefined || current !== section ? [] : [{ key, value: value ?? '', path, line: number }];
  });
};

/** An EnvironmentFile=: `KEY="value"` as a shell would read it, without expansion. */
export const environmentAssignments = (path: string, text: string): readonly Assignment[] =>
  logicalLines(text).flatMap(({ text: line, line: number }) => {
    const [, key, value = ''] = /^\s*([A-Za-z_]\w*)=(.*)$/s.exec(line) ?? [];
    return key === undefined ? [] : [{ key, value: unquote(value), path, line: number }];
  });

const unquote = (value: string): string => {
  const pieces = value.trim().match(/"(?:\\.|[^"\\])*"?|'[^']*'?|\\.|[^"'\\]+/gs) ?? [];
  return pieces
    .map(piece => {
      if (piece.startsWith("'")) return piece.replace(/^'|'$/g, '');
      if (piece.startsWith('"')) return piece.replace(/^"|"$/g, '').replace(/\\(["\\`$])/g, '$1');
      return piece.startsWith('\\') ? piece.slice(1) : piece;
    })
    .join('');
};

/** Words of a command line or of Environment=; quotes group, a backslash takes the next character as it is. */
export const splitWords = (text: string): readonly string[] =>
  (text.match(/(?:"(?:\\.|[^"\\])*"?|'(?:\\.|[^'\\])*'?|\\.|[^\s"'\\])+/gs) ?? []).map(word =>
    word.replace(
      /"((?:\\.|[^"\\])*)"?|'((?:\\.|[^'\\])*)'?|\\(.)/gs,
      (_, double?: string, single?: string, one?: string) => (double ?? single ?? one ?? '').replace(/\\(.)/gs, '$1'),
    ),
  );
