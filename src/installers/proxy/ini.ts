import { ended, endingOf, isMarked, linesOfText, proxyMark } from './mark.ts';

/** `proxy` of one section of an ini file of dnf, the line that counts. */
export interface ProxyLine {
  readonly value: string;
  /** In the section, from 0. */
  readonly index: number;
  readonly isOwn: boolean;
}

/** Each section with its header; what stands before the first one is the first. */
export const sectionsOf = (text: string): readonly string[] => text.split(/^(?=\[)/m);

/** dnf.conf(5): of a key that is there twice the last counts; a value goes on in lines that begin with a blank. */
export const proxyLineOf = (section: string): ProxyLine | undefined => {
  const lines = linesOfText(section);
  const index = lines.findLastIndex(line => /^proxy[ \t]*=/.test(line));
  const [line = '', ...others] = lines.slice(Math.max(index, 0));
  if (index < 0) return undefined;
  const end = others.findIndex(other => !/^[ \t]+[^\s#;]/.test(other));
  const more = (end < 0 ? others : others.slice(0, end)).map(other => other.trim());
  const value = [line.slice(line.indexOf('=') + 1).trim(), ...more].join(' ');
  return { value, index, isOwn: isMarked(lines, index) };
};

/** A line of ours says `value`, or goes with undefined; anybody else's stays. */
export const withProxyLine = (section: string, value: string | undefined): string => {
  const lines = linesOfText(section);
  const found = proxyLineOf(section);
  const added = value === undefined ? '' : `proxy=${value}${endingOf(section)}`;
  if (found === undefined) {
    const [header = '', ...rest] = lines;
    return value === undefined ? section : [ended(header), proxyMark, endingOf(section), added, ...rest].join('');
  }
  if (!found.isOwn) return section;
  const { index } = found;
  return [...lines.slice(0, value === undefined ? index - 1 : index), added, ...lines.slice(index + 1)].join('');
};
