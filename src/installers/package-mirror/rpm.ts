import type { HostFile } from '../../facts/fact.ts';
import { parseIni } from '../../facts/ini.ts';
import { isEnabled, type RpmManager, urlsOf } from '../../facts/rpm-sources.ts';
import { rpmPlace } from './places.ts';
import { belowMirror, markedMirror, type Rewritten, unsigned, withMark } from './rewrite.ts';

/**
 * dnf.conf(5): in sections that are enabled, `baseurl` names the mirror, and lists of mirrors become comments. The address that
 * tells which repository it is may stand in a comment, as Rocky, Alma and Fedora ship it.
 */
export const mirrorRpm = (
  { path, text = '' }: Pick<HostFile, 'path' | 'text'>,
  mirror: string,
  manager: RpmManager,
): Rewritten => {
  const earlier = markedMirror(text);
  const sections = text.split(/^(?=\[)/m).map(section => inSection(section, { mirror, earlier, manager }));
  const bare = sections.find(section => section.isUnsigned);
  if (bare !== undefined) return { ok: false, refusal: unsigned(path, bare.id, mirror) };
  const after = sections.map(section => section.text).join('');
  return {
    ok: true,
    text: withMark(text, after, mirror),
    repositories: sections.filter(({ isMoved }) => isMoved).map(({ id }) => id),
  };
};

interface Section {
  readonly text: string;
  readonly id: string;
  readonly isMoved: boolean;
  readonly isUnsigned: boolean;
}

interface Move {
  readonly mirror: string;
  readonly earlier: string | undefined;
  readonly manager: RpmManager;
}

/** dnf takes packages unseen unless it is told otherwise, zypper the other way round (zypp.conf). */
const gpgcheckByDefault = { dnf: '0', zypper: '1' } as const satisfies Record<RpmManager, string>;

const inSection = (text: string, { mirror, earlier, manager }: Move): Section => {
  const [found] = parseIni(text);
  const same: Section = { text, id: found?.name ?? '', isMoved: false, isUnsigned: false };
  if (found === undefined || !isEnabled(found)) return same;
  const { values } = found;
  const place = placeOf(text, values, mirror, earlier);
  if (place === undefined) return same;
  const isSigned = /^(1|yes|true|on)$/i.test(values.get('gpgcheck') ?? gpgcheckByDefault[manager]);
  const moved = moveTo(`${mirror}/${place}`, text);
  return { ...same, text: moved, isMoved: true, isUnsigned: mirror.startsWith('http:') && !isSigned };
};

const commented = /^#[ \t]*baseurl[ \t]*=[ \t]*(\S+)/im;

const placeOf = (
  text: string,
  values: ReadonlyMap<string, string>,
  mirror: string,
  earlier: string | undefined,
): string | undefined => {
  const [base] = urlsOf(values);
  if (base !== undefined)
    return belowMirror(base, mirror) === undefined ? (belowMirror(base, earlier) ?? rpmPlace(base)) : undefined;
  const lists = values.get('metalink') ?? values.get('mirrorlist') ?? '';
  return rpmPlace(commented.exec(text)?.[1] ?? '') ?? rpmPlace(lists);
};

const listLine = /^(?=(?:mirrorlist|metalink)[ \t]*=)/gim;
const baseLine = /^baseurl[ \t]*=.*(?:\n[ \t]+\S.*)*/im;

/** Where a `baseurl` was, in force or not, there it is again; else below the name of the section. */
const moveTo = (url: string, text: string): string => {
  const line = `baseurl=${url}`;
  const listed = text.replace(listLine, '#');
  if (baseLine.test(listed)) return listed.replace(baseLine, () => line);
  if (commented.test(listed))
    return listed.replace(/^(#[ \t]*baseurl[ \t]*=.*)$/im, (_, kept: string) => `${kept}\n${line}`);
  return listed.replace(/^(\[.*)$/m, (_, name: string) => `${name}\n${line}`);
};
