/** PATH_MAX of Linux; a pattern beyond it finds nothing. */
const longestPath = 4096;

type Piece = '*' | ((character: string) => boolean);

/**
 * What a shell finds by a pattern (POSIX.1-2017, XCU 2.13): `*`, `?` and `[...]` stay within a segment between slashes, and do not find a leading dot.
 * Hosts send patterns too: none throws, and none takes more than pattern × path steps.
 */
export const compileGlob = (pattern: string): ((path: string) => boolean) => {
  if (pattern.length > longestPath) return () => false;
  const segments = pattern.split('/').map(piecesOf);
  return path => {
    const names = path.split('/');
    return (
      names.length === segments.length && names.every((name, index) => matchesSegment(segments[index] ?? [], name))
    );
  };
};

export const isGlob = (text: string): boolean => /[*?[]/.test(text);

const matchesSegment = (pieces: readonly Piece[], name: string): boolean => {
  if (name.startsWith('.') && !isLiteralDot(pieces[0])) return false;
  let piece = 0;
  let position = 0;
  let star = -1;
  let fromStar = 0;
  while (position < name.length) {
    const wanted = pieces[piece];
    if (wanted === '*') {
      star = piece;
      piece += 1;
      fromStar = position;
    } else if (wanted?.(name.charAt(position)) === true) {
      piece += 1;
      position += 1;
    } else if (star < 0) {
      return false;
    } else {
      // Only the last star can be at fault: what stood before it has been found already.
      fromStar += 1;
      position = fromStar;
      piece = star + 1;
    }
  }
  return pieces.slice(piece).every(rest => rest === '*');
};

const literalDot: Piece = character => character === '.';
const isLiteralDot = (piece: Piece | undefined): boolean => piece === literalDot;

const piecesOf = (segment: string): readonly Piece[] => {
  const pieces: Piece[] = [];
  let position = 0;
  while (position < segment.length) {
    const { piece, length } = pieceAt(segment, position);
    pieces.push(piece);
    position += length;
  }
  return pieces;
};

const pieceAt = (segment: string, position: number): { readonly piece: Piece; readonly length: number } => {
  const character = segment.charAt(position);
  if (character === '*') return { piece: '*', length: 1 };
  if (character === '?') return { piece: () => true, length: 1 };
  if (character === '[') {
    const [set = '', negation = '', members = ''] = /^\[([!^]?)(\]?[^\]]*)\]/.exec(segment.slice(position)) ?? [];
    if (members !== '') return { piece: setOf(members, negation !== ''), length: set.length };
  }
  const isEscape = character === '\\' && position + 1 < segment.length;
  return { piece: literal(isEscape ? segment.charAt(position + 1) : character), length: isEscape ? 2 : 1 };
};

const literal = (wanted: string): Piece => (wanted === '.' ? literalDot : character => character === wanted);

/** `a-z_`: ranges by code unit. */
const setOf = (members: string, isNegated: boolean): Piece => {
  const ranges = [...members.matchAll(/(.)-(.)|(.)/gs)].map(([, from, to, one = '']) => ({
    from: from ?? one,
    to: to ?? one,
  }));
  return character => ranges.some(({ from, to }) => from <= character && character <= to) !== isNegated;
};
