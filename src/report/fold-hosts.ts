interface Numbered {
  readonly prefix: string;
  readonly number: number;
  readonly digits: string;
  readonly suffix: string;
}

const numbered = (name: string): Numbered | undefined => {
  const [, prefix, digits, suffix] = /^(.*?)(\d{1,15})(\D*)$/.exec(name) ?? [];
  if (prefix === undefined || digits === undefined || suffix === undefined) return undefined;
  return { prefix, digits, number: Number(digits), suffix };
};

const follows = (before: Numbered | undefined, after: Numbered | undefined): boolean =>
  before !== undefined &&
  after !== undefined &&
  before.prefix === after.prefix &&
  before.suffix === after.suffix &&
  after.number === before.number + 1 &&
  (before.digits.length === after.digits.length || !(before.digits.startsWith('0') || after.digits.startsWith('0')));

/** `worker-1 … worker-40` stands for every number between: only names that follow one another are folded, and only three or more. */
const runsOf = (names: readonly string[]): string[][] => {
  const runs: string[][] = [];
  let last: Numbered | undefined;
  for (const name of names) {
    const current = numbered(name);
    const run = runs.at(-1);
    if (run !== undefined && follows(last, current)) run.push(name);
    else runs.push([name]);
    last = current;
  }
  return runs;
};

const shown = (run: readonly string[]): string[] => {
  const first = run[0];
  const last = run.at(-1);
  return run.length >= 3 && first !== undefined && last !== undefined ? [`${first} … ${last}`] : [...run];
};

/** Host names in the order given, folded; beyond `maxParts` the rest is counted. */
export const foldHosts = (names: readonly string[], maxParts = 8): string => {
  const runs = runsOf(names);
  const parts: string[] = [];
  let told = 0;
  for (const run of runs) {
    const next = shown(run);
    if (parts.length > 0 && parts.length + next.length > maxParts) break;
    parts.push(...next);
    told += run.length;
  }
  const left = names.length - told;
  return left === 0 ? parts.join(', ') : `${parts.join(', ')} and ${left} more`;
};
