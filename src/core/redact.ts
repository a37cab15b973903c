import { createHmac } from 'node:crypto';

/**
 * Replaces secrets in text from hosts by a keyed hash (design 3.14): the same secret gives the same mask under one key, so equality
 * holds; what is masked already stays as it is, so a replayed recording gives the same text again. TOML, JSON and YAML still parse.
 */
export interface Redactor {
  text(text: string): string;
  /** Every string in a JSON value; keys and shape stay. */
  value<T>(value: T): T;
  /** A keyed hash of a hash: one of a file with a short secret in it could be guessed. */
  digest(sha256: string): string;
}

/** One key for a whole run: random where nothing must be compared across runs. */
export const createRedactor = (key: string | Uint8Array): Redactor => {
  const hmac = (secret: string): string => createHmac('sha256', key).update(secret).digest('hex');
  const mask: Mask = secret => (isMasked(secret) || secret === '' ? secret : `masked-${hmac(secret).slice(0, 16)}`);
  const pass = (text: string): string => rules.reduce((masked, rule) => rule(masked, mask), text);
  const text = remember((original: string): string =>
    mayHoldSecrets.test(original) ? untilStable(original, pass) : original,
  );
  const value = <T>(original: T): T => redactValue(original, '', { text, mask, digest: hmac }) as T;
  return { text, value, digest: hmac };
};

/** Hosts of a run say much the same. Bounded in both directions, since what they say is up to them. */
const remember = (mask: (text: string) => string): ((text: string) => string) => {
  const known = new Map<string, string>();
  return text => {
    const before = known.get(text);
    if (before !== undefined) return before;
    const now = mask(text);
    if (text.length <= 400 && known.size < 4000) known.set(text, now);
    return now;
  };
};

/** One rule's mask may give another rule something to match; after a few passes nothing changes any more. */
const untilStable = (text: string, pass: (text: string) => string, passes = 8): string => {
  const next = pass(text);
  return next === text || passes === 0 ? next : untilStable(next, pass, passes - 1);
};

type Mask = (secret: string) => string;
type Rule = (text: string, mask: Mask) => string;

const isMasked = (secret: string): boolean => /^masked-[0-9a-f]{16}$/.test(secret);

/** Most texts hold nothing of the kind; one look saves the rules. */
const mayHoldSecrets =
  /pass|pwd|secret|token|auth|api[-_]?key|access[-_]?key|private|credential|signature|bearer|basic|:(?:\\?\/){2}|header|[a-z0-9]{6}\.[a-z0-9]{16}|gh[opsu]_|github_pat_|glpat-|AKIA|eyJ|xox[bp]-|dckr_/i;

const privateKeys: Rule = (text, mask) =>
  text.replace(
    /(-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----(?:\\[rn]|\s)*)([\s\S]*?)(?=(?:\\[rn]|\s)*-----END |$)/g,
    (_, head: string, body: string) => `${head}${mask(body)}`,
  );

/** `scheme://user:password@host`; a user name alone may be a token. */
const urlUserInfo: Rule = (text, mask) =>
  text.replace(
    /(?<![A-Za-z0-9+.-])([A-Za-z][A-Za-z0-9+.-]{0,20}:(?:\\?\/){2})([^\s/?#"'<>\\]+)@/g,
    (_, scheme: string, userInfo: string) => `${scheme}${mask(userInfo)}@`,
  );

/** In hosts.toml every value under `[host."…".header]` is sent to the registry. */
const headerTables: Rule = (text, mask) =>
  text.replace(
    /^([ \t]*\[[^\n]*\.header["']?\][^\n]*\n)((?:(?![ \t]*\[)[^\n]*(?:\n|$))*)/gm,
    (_, head: string, body: string) => head + body.replace(/[^\n]+/g, line => maskHeaderLine(line, mask)),
  );

/** The same where somebody writes them as one value: `header = { x-a = "…" }`, `host."…".header.x-a = ["…"]`. */
const headerValues: Rule = (text, mask) =>
  text.replace(
    /^([ \t]*(?:[^\n=#]*\.)?header(?:\.[^\n=#]+)?[ \t]*=)([^\n]*)$/gm,
    (_, head: string, body: string) =>
      head + body.replace(/("(?:\\.|[^"\\])*"|'[^']*')(?!\s*[=.])/g, whole => maskQuoted(whole, mask)),
  );

/** Everything quoted after `key =`; a line without a key goes on with the array of the line before. */
const maskHeaderLine = (line: string, mask: Mask): string => {
  const key = /^\s*(?:"[^"]*"|'[^']*'|[\w.-]+)\s*=/.exec(line)?.[0] ?? '';
  return key + line.slice(key.length).replace(/"(?:\\.|[^"\\])*"|'[^']*'/g, whole => maskQuoted(whole, mask));
};

const maskQuoted = (whole: string, mask: Mask): string => {
  const quote = whole.slice(0, 1);
  return `${quote}${maskHeader(whole.slice(1, -1), mask)}${quote}`;
};

/** The scheme of a header value stays, so that one still sees what kind of secret it is. */
const maskHeader = (value: string, mask: Mask): string => {
  const [, scheme = '', rest = value] = /^((?:Bearer|Basic|Token|Digest)\s+)(.*)$/is.exec(value) ?? [];
  return scheme + mask(rest);
};

/** A name that ends in one of these words; `password_file` or `token-ttl` is none. */
const secretKey =
  '(?:[A-Za-z0-9_.-]*(?:password|passwd|passphrase|secret|token|api[-_]?key|access[-_]?key|private[-_]?key|credential|authorization|signature)' +
  '|(?:[A-Za-z0-9_.-]*[-_.])?(?:auth|pwd|pass))(?:s|[-_]?(?:v?\\d{1,3}|value|data|hash|base64|b64))?';

const assignment = new RegExp(
  [
    // The key, perhaps quoted (`"`, `'`, or `\"` in JSON inside a string), then `=`, `:` or, after `--`, a blank.
    String.raw`(?<![A-Za-z0-9_.-])(--)?\\?["']?(?:${secretKey})\\?["']?(\s*[=:]\s*(?:-[ \t]+)?\[?\s*|[ \t]+(?=\S))`,
    // In YAML a key on the next line is no value: kubelets have `authorization:` over `mode: Webhook`.
    String.raw`(?!(?<=\n[ \t]*(?:-[ \t]+)?)[A-Za-z0-9_.-]+:(?:\s|$))`,
    '(?:',
    String.raw`"""([\s\S]*?)"""|'''([\s\S]*?)'''`,
    String.raw`|\\"((?:(?!\\")[^"\n])*)\\"`,
    String.raw`|"((?:\\.|[^"\\\n])*)"|'([^'\n]*)'`,
    String.raw`|((?:(?:Bearer|Basic|Token|Digest)[ \t]+)?[^\s"',;&\\{}[\]()]+)`,
    ')',
  ].join(''),
  'gi',
);

/** `password = "x"`, `"auth": "x"`, `TOKEN=x`, `--token x`, `authorization: Basic x`. */
const assignments: Rule = (text, mask) =>
  text.replace(assignment, (whole: string, ...rest: readonly (string | number | undefined)[]) => {
    const groups = rest.slice(0, 8).map(group => (typeof group === 'string' ? group : undefined));
    const [dashes, separator = '', ...values] = groups;
    if (/^[ \t]+$/.test(separator) && dashes === undefined) return whole;
    const value = values.find(found => found !== undefined) ?? '';
    const isBare = values[5] !== undefined;
    if (value === '' || (isBare && (isPlain(value) || isProse(text, Number(rest[8]), separator)))) return whole;
    const start = whole.lastIndexOf(value);
    return whole.slice(0, start) + maskHeader(value, mask) + whole.slice(start + value.length);
  });

/** `wrong password: try again` is a sentence; a setting stands at the beginning of its line or in quotes. */
const isProse = (text: string, offset: number, separator: string): boolean =>
  /:\s/.test(separator) && !/(?:^|\n)[ \t]*(?:- )?$|["']$/.test(text.slice(Math.max(0, offset - 80), offset));

/** Booleans, numbers and kernel options are no secrets. */
const isPlain = (value: string): boolean => /^(?:true|false|yes|no|on|off|null|none|y|n|m|\d{1,6})$/i.test(value);

const bareHeaders: Rule = (text, mask) =>
  text.replace(
    /\b(Bearer|Basic)([ \t]+)([A-Za-z0-9._~+/-]{8,}=*)/g,
    (whole: string, scheme: string, gap: string, secret: string) =>
      isMasked(secret) || !/\d|=|[a-z][A-Z]/.test(secret) ? whole : `${scheme}${gap}${mask(secret)}`,
  );

/** Tokens that show themselves: JWTs, those of the usual hosts, and kubeadm's bootstrap tokens. */
const knownShapes: Rule = (text, mask) =>
  text.replace(
    /(?<![\w-])eyJ[\w-]{8,}\.[\w-]+\.[\w-]*|\b(?:gh[opsu]_|github_pat_|glpat-|dckr_pat_|xox[bp]-)[\w-]{10,}|\bAKIA[0-9A-Z]{16}\b|(?<![\w.-])[a-z0-9]{6}\.(?=[a-z]*\d)[a-z0-9]{16}(?![\w.-])/g,
    secret => mask(secret),
  );

const rules: readonly Rule[] = [
  privateKeys,
  urlUserInfo,
  headerTables,
  headerValues,
  assignments,
  bareHeaders,
  knownShapes,
];

const exactSecretKey = new RegExp(`^(?:${secretKey})$`, 'i');

interface Rules {
  readonly text: (text: string) => string;
  readonly mask: Mask;
  readonly digest: (sha256: string) => string;
}

/** What holds no secret is given back as it is: most of a result, which need not be in memory twice. */
const redactValue = (value: unknown, key: string, rules: Rules): unknown => {
  if (typeof value === 'string') {
    return exactSecretKey.test(key) && !isPlain(value) ? maskHeader(value, rules.mask) : rules.text(value);
  }
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const masked = value.map(entry => redactValue(entry, key, rules));
    return masked.every((entry, index) => entry === value[index]) ? value : masked;
  }
  const names = Object.keys(value);
  const before: readonly unknown[] = Object.values(value);
  const after = names.map((name, index) => redactValue(before[index], name, rules));
  if (after.every((entry, index) => entry === before[index])) return value;
  const masked = Object.fromEntries(names.map((name, index) => [name, after[index]]));
  return isMaskedFile(value, masked) ? { ...masked, sha256: rules.digest(String(masked.sha256)) } : masked;
};

/** A file whose text was masked must not be found out through its hash. */
const isMaskedFile = (before: object, after: Readonly<Record<string, unknown>>): boolean =>
  'text' in before && typeof after.sha256 === 'string' && after.text !== before.text;
