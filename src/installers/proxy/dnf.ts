import type { DesiredProxy } from '../../core/desired.ts';
import type { HostFile } from '../../facts/fact.ts';
import { parseIni } from '../../facts/ini.ts';
import type { Proxies } from '../../facts/proxies.ts';
import { sharedHeader } from '../file-change.ts';
import type { InstallerPlan, Refusal } from '../installer.ts';
import { nothing, planRefused, refused } from '../known-facts.ts';
import { proxyLineOf, sectionsOf, withProxyLine } from './ini.ts';
import { ended, endingOf, linesOfText } from './mark.ts';
import { otherProxy, packageWish, writtenFile } from './own-file.ts';
import { mainProxy } from './repositories.ts';

/** dnf.conf(5), `proxy` of [main]. dnf 4 reads no other file, and dnf 5 this one after all others. */
export const planDnf = (wanted: DesiredProxy, { dnfConf }: Proxies): InstallerPlan => {
  const value = mainProxy(wanted);
  const text = dnfConf.text ?? (value === undefined ? '' : sharedHeader);
  const found = mainLine(text);
  if (found !== undefined && withoutSlash(found.value) === value) return nothing;
  if (found !== undefined && !found.isOwn) {
    return value === undefined ? nothing : refused(otherProxy('proxy of dnf', `${dnfConf.path}:${found.line}`));
  }
  const after = withMainProxy(text, value);
  return isProven(text, after, value) ? writtenFile(dnfConf, after, packageWish('dnf')) : refused(unclear(dnfConf));
};

const withoutSlash = (url: string): string => url.replace(/\/$/, '');

const isMain = (section: string): boolean => /^\[main\]/.test(section);

interface MainLine {
  readonly value: string;
  /** From 1. */
  readonly line: number;
  readonly isOwn: boolean;
}

const mainLine = (text: string): MainLine | undefined => {
  const sections = sectionsOf(text);
  const last = sections.findLastIndex(section => isMain(section) && proxyLineOf(section) !== undefined);
  const found = proxyLineOf(sections[last] ?? '');
  const above = sections.slice(0, Math.max(last, 0)).flatMap(linesOfText).length;
  return found && { ...found, line: above + found.index + 1 };
};

export const withMainProxy = (text: string, value: string | undefined): string => {
  const sections = sectionsOf(text);
  const withLine = sections.findLastIndex(section => isMain(section) && proxyLineOf(section) !== undefined);
  const place = withLine < 0 ? sections.findLastIndex(isMain) : withLine;
  if (place < 0) return value === undefined ? text : `${ended(text)}${withProxyLine(`[main]${endingOf(text)}`, value)}`;
  return sections.with(place, withProxyLine(sections[place] ?? '', value)).join('');
};

/** Read again it says what is wanted, and everything else as before. */
const isProven = (before: string, after: string, value: string | undefined): boolean => {
  const rest = (text: string): string => {
    const others = parseIni(text).map(({ name, values }) => [name, [...values].filter(([key]) => key !== 'proxy')]);
    return JSON.stringify(others.filter(([name, values]) => name !== 'main' || values?.length !== 0));
  };
  return rest(before) === rest(after) && mainLine(after)?.value === value;
};

const unclear = ({ path }: HostFile): Refusal =>
  planRefused(
    `${path} is not written so that the proxy can be set there without a doubt`,
    'Set proxy in its section [main] yourself, as in the inventory; then plan again.',
  );
