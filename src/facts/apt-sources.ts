import { createHash } from 'node:crypto';
import { known } from '../core/observed.ts';
import { publicKeysIn } from '../core/openpgp.ts';
import type { Fact, HostFile } from './fact.ts';
import { decodeFiles, hostFile } from './files.ts';
import type { PackageSources } from './package-sources.ts';
import { answerText, CannotTell, linesOf, refuseUnreadable, words } from './read.ts';

export type AptSources = PackageSources<'apt', AptEntry>;

export interface AptEntry {
  readonly path: string;
  readonly uri: string;
  /** A name, or, of a flat repository, a path that ends in `/`. */
  readonly suite: string;
  readonly components: readonly string[];
}

const directory = '/etc/apt/sources.list.d';
const keyrings = '/etc/apt/keyrings';

/** sources.list(5). */
export const aptSources: Fact<AptSources> = {
  dear: true,
  items: {
    files: {
      kind: 'files',
      stat: true,
      paths: ['/etc/apt/sources.list', `${directory}/*.list`, `${directory}/*.sources`, `${keyrings}/nodeprep-*.gpg`],
    },
    keys: {
      kind: 'sh',
      script: `command -v apt-get >/dev/null || return 127
for f in ${keyrings}/nodeprep-*.gpg; do [ -f "$f" ] && printf '%s %s\\n' "$f" "$(limit base64 <"$f" | tr -d '\\n')"; done
return 0`,
    },
  },
  parse(answers, context) {
    if (answers.keys?.exitCode === 127) throw new CannotTell('this host has no apt');
    const files = decodeFiles(answers.files);
    refuseUnreadable(files, context);
    const keyrings = bytesOf(answerText(answers.keys));
    const lists = [...files].filter(([path]) => !keyrings.has(path));
    const entries = lists.flatMap(([path, { text, state }]) => (state === 'file' ? aptEntries(path, text) : []));
    const own = [...files].flatMap(([path, read]) =>
      /\/nodeprep-[^/]*$/.test(path) ? [withSum(hostFile(path, read), keyrings.get(path))] : [],
    );
    return known({
      manager: 'apt',
      entries,
      files: lists.map(([path, read]) => hostFile(path, read)),
      own,
      keys: Object.fromEntries([...keyrings].map(([path, bytes]) => [path, publicKeysIn(bytes)])),
    });
  },
};

/** Keyrings are no text, so their bytes come in an answer of their own. */
const bytesOf = (text: string): ReadonlyMap<string, Buffer> =>
  new Map(
    linesOf(text).map(line => {
      const [path = '', base64 = ''] = line.split(' ');
      return [path, Buffer.from(base64, 'base64')];
    }),
  );

const withSum = (file: HostFile, bytes: Buffer | undefined): HostFile =>
  bytes === undefined ? file : { ...file, sha256: createHash('sha256').update(bytes).digest('hex'), text: undefined };

/** Both formats, told apart by the name of the file. */
export const aptEntries = (path: string, text: string): readonly AptEntry[] =>
  path.endsWith('.sources') ? parseStanzas(path, text) : parseLines(path, text);

/** `deb [options] URI SUITE COMPONENT…`; `#` begins a comment. */
export const parseLines = (path: string, text: string): readonly AptEntry[] =>
  linesOf(text).flatMap(line => {
    const [, rest] = /^\s*deb\s+(?:\[[^\]]*\]\s+)?(.*)$/.exec(line.replace(/#.*/, '')) ?? [];
    const [uri, suite, ...components] = words(rest ?? '');
    return uri === undefined || suite === undefined ? [] : [{ path, uri, suite, components }];
  });

/** deb822: stanzas of fields, whose values go on in lines that begin with a blank; every URI has every suite. */
export const parseStanzas = (path: string, text: string): readonly AptEntry[] =>
  text
    .split('\n')
    .filter(line => !line.startsWith('#'))
    .join('\n')
    .split(/\n[ \t]*\n/)
    .flatMap(stanza => {
      const fields = fieldsOf(stanza);
      const values = (name: string): readonly string[] => words(fields.get(name) ?? '');
      if (isDisabled(fields)) return [];
      if (!values('types').includes('deb')) return [];
      const components = values('components');
      return values('uris').flatMap(uri => values('suites').map(suite => ({ path, uri, suite, components })));
    });

/** `Enabled: no` */
export const isDisabled = (fields: ReadonlyMap<string, string>): boolean =>
  /^(no|false|off|0|without|disable)$/i.test(fields.get('enabled')?.trim() ?? '');

/** Names in lower case; comments must be gone. */
export const fieldsOf = (stanza: string): ReadonlyMap<string, string> =>
  new Map(
    [...stanza.matchAll(/^([A-Za-z0-9-]+):((?:.*)(?:\n[ \t].*)*)/gm)].map(([, name = '', value = '']) => [
      name.toLowerCase(),
      value,
    ]),
  );
