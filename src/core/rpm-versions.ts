/**
 * Order of two versions of rpm packages, `EPOCH:VERSION-RELEASE` with epoch and release left out where there is none, as rpm has it
 * (rpmvercmp.c, rpm-version(7)): segments of digits count as numbers, segments of letters as text, every other character only parts
 * them; `~` is before everything, the end too; `^` after the end and before everything else.
 */
export const compareRpmVersions = (left: string, right: string): number => {
  const [one, other] = [partsOf(left), partsOf(right)];
  return (
    Math.sign(one.epoch - other.epoch) ||
    compareText(one.version, other.version) ||
    // A version without its release stands for all of them.
    (one.release === undefined || other.release === undefined ? 0 : compareText(one.release, other.release))
  );
};

interface Parts {
  readonly epoch: number;
  readonly version: string;
  readonly release: string | undefined;
}

const partsOf = (text: string): Parts => {
  const [, epoch = '0', version = '', release] = /^(?:(\d+):)?([^-]*)(?:-(.*))?$/.exec(text) ?? [];
  return { epoch: Number(epoch), version, release };
};

type Token = { readonly kind: 'tilde' | 'caret' | 'letters' | 'digits' | 'end'; readonly text: string };

const end: Token = { kind: 'end', text: '' };

const tokensOf = (text: string): readonly Token[] =>
  [...text.matchAll(/(~)|(\^)|([A-Za-z]+)|0*(\d+)/g)].map(([, tilde, caret, letters, digits]) => {
    if (tilde !== undefined) return { kind: 'tilde', text: tilde };
    if (caret !== undefined) return { kind: 'caret', text: caret };
    return letters === undefined ? { kind: 'digits', text: digits ?? '' } : { kind: 'letters', text: letters };
  });

/** Where kinds differ the later one here is newer. */
const rank: Readonly<Record<Token['kind'], number>> = { tilde: 0, end: 1, caret: 2, letters: 3, digits: 4 };

const compareText = (left: string, right: string): number => {
  const [ours, theirs] = [tokensOf(left), tokensOf(right)];
  for (let index = 0; index < Math.max(ours.length, theirs.length); index += 1) {
    const order = compareTokens(ours[index] ?? end, theirs[index] ?? end);
    if (order !== 0) return order;
  }
  return 0;
};

const compareTokens = (left: Token, right: Token): number => {
  if (left.kind !== right.kind) return Math.sign(rank[left.kind] - rank[right.kind]);
  if (left.kind === 'digits' && left.text.length !== right.text.length) {
    return Math.sign(left.text.length - right.text.length);
  }
  return left.text === right.text ? 0 : left.text < right.text ? -1 : 1;
};
