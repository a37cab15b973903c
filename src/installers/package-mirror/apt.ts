import { fieldsOf, isDisabled } from '../../facts/apt-sources.ts';
import type { HostFile } from '../../facts/fact.ts';
import { words } from '../../facts/read.ts';
import type { Refusal } from '../installer.ts';
import { planRefused } from '../known-facts.ts';
import { type AptSource, aptPlace } from './places.ts';
import { belowMirror, markedMirror, type Rewritten, unsigned, withMark } from './rewrite.ts';

interface Source extends AptSource {
  /** apt takes it although nothing signs it. */
  readonly unsigned: boolean;
}

type Place = (source: Source) => string;

/** sources.list(5), both formats: addresses alone change, and whatever else is there stays as it is. */
export const mirrorApt = ({ path, text = '' }: Pick<HostFile, 'path' | 'text'>, mirror: string): Rewritten => {
  const refusals: Refusal[] = [];
  const earlier = markedMirror(text);
  const place: Place = source => {
    const { uri } = source;
    if (belowMirror(uri, mirror) !== undefined) return uri;
    const below = belowMirror(uri, earlier);
    const found = below === undefined ? aptPlace(source) : { place: below };
    if (found === 'elsewhere') return uri;
    if (found === 'mixed') refusals.push(mixed(path, source));
    else if (source.unsigned && mirror.startsWith('http:')) refusals.push(unsigned(path, uri, mirror));
    else return `${mirror}/${found.place}`;
    return uri;
  };
  const after = path.endsWith('.sources') ? inStanzas(text, place) : inLines(text, place);
  const [refusal] = refusals;
  return refusal === undefined
    ? { ok: true, text: withMark(text, after, mirror), repositories: [] }
    : { ok: false, refusal };
};

const mixed = (path: string, { uri, suites }: Source): Refusal =>
  planRefused(
    `${path} has ${suites.join(', ')} in one entry (${uri}), and a mirror keeps security updates elsewhere than the rest`,
    'Make two entries of it, one for the suites of security updates; then plan again.',
  );

const yes = /^(yes|true|on|1|with|enable)$/i;

/** `deb [option=value …] URI SUITE COMPONENT…` */
const inLines = (text: string, place: Place): string =>
  text.replace(
    /^([ \t]*deb(?:-src)?[ \t]+(?:\[([^\]\n]*)\][ \t]+)?)([^\s#]+)(?=[ \t]+([^\s#]+))/gm,
    (_, head: string, options: string | undefined, uri: string, suite: string) => {
      const option = (name: string): string =>
        new RegExp(`(?:^|\\s)${name}=(\\S+)`, 'i').exec(options ?? '')?.[1] ?? '';
      const isUnsigned = yes.test(option('trusted')) || yes.test(option('allow-insecure'));
      return `${head}${place({ uri, suites: [suite], signedBy: option('signed-by'), unsigned: isUnsigned })}`;
    },
  );

/** Fields go on in lines that begin with a blank; comments may stand between them. */
const inStanzas = (text: string, place: Place): string =>
  text
    .split(/(\n[ \t]*(?=\n))/)
    .map(stanza => {
      const plain = stanza.replace(/^#.*\n?/gm, '');
      const fields = fieldsOf(plain);
      if (isDisabled(fields)) return stanza;
      const suites = words(fields.get('suites') ?? '');
      const signedBy = fields.get('signed-by')?.trim() ?? '';
      const isUnsigned = ['trusted', 'allow-insecure'].some(name => yes.test(fields.get(name)?.trim() ?? ''));
      const seen = new Set<string>();
      const once = (uri: string): string => {
        const found = place({ uri, suites, signedBy, unsigned: isUnsigned });
        if (seen.has(found)) return '';
        seen.add(found);
        return found;
      };
      return inUris(stanza, once);
    })
    .join('');

/** A line of which nothing is left would end the stanza. */
const inUris = (stanza: string, once: (uri: string) => string): string => {
  let inside = false;
  return stanza
    .split('\n')
    .flatMap(line => {
      if (line.startsWith('#')) return [line];
      const [, head = '', values = ''] = /^(uris:|[ \t]+)(.*)$/i.exec(line) ?? [];
      inside = /^uris:/i.test(line) || (inside && head !== '');
      if (!inside || values.trim() === '') return [line];
      const left = `${head}${values.replace(/\S+/g, once)}`.trimEnd();
      return left === '' ? [] : [left];
    })
    .join('\n');
};
