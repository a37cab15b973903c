import type { DesiredProxy } from '../../core/desired.ts';
import type { Proxies } from '../../facts/proxies.ts';
import { sharedHeader } from '../file-change.ts';
import type { InstallerPlan, Refusal } from '../installer.ts';
import { nothing, planRefused, refused } from '../known-facts.ts';
import { otherProxy, packageWish, writtenFile } from './own-file.ts';
import { assignmentOf, withAssignment } from './sysconfig.ts';

/**
 * Where libzypp looks, and libproxy, YaST and the profile of login shells do as well:
 * https://github.com/openSUSE/libzypp/blob/master/zypp-logic/zypp-curl/proxyinfo/proxyinfosysconfig.cc
 */
export const planZypper = (wanted: DesiredProxy, { sysconfig }: Proxies): InstallerPlan => {
  if (wanted.http === undefined && wanted.https === undefined) return nothing;
  const text = sysconfig.text ?? sharedHeader;
  const urls: Urls = [
    ['HTTP_PROXY', wanted.http],
    ['HTTPS_PROXY', wanted.https],
  ];
  const rivals = rivalsIn(text, urls, sysconfig.path);
  if (rivals.length > 0) return refused(...rivals);
  const exempt = withExempt(urls.reduce(withUrl, text), wanted.noProxy);
  const after = isOn(exempt) ? exempt : withAssignment(exempt, 'PROXY_ENABLED', 'yes');
  return after === text ? nothing : writtenFile(sysconfig, after, packageWish('zypper'));
};

/** By variable; undefined: the inventory names none. */
type Urls = readonly (readonly [key: string, url: string | undefined])[];

const isOn = (text: string): boolean => assignmentOf(text, 'PROXY_ENABLED')?.value === 'yes';

const rivalsIn = (text: string, urls: Urls, path: string): readonly Refusal[] =>
  urls.flatMap(([key, value]) => {
    const found = assignmentOf(text, key);
    if (found === undefined || found.isOwn || found.value === '' || same(found.value, value)) return [];
    const place = `${path}:${found.line}`;
    if (value !== undefined) return [otherProxy(key, place)];
    return isOn(text) ? [] : [wouldCount(key, place)];
  });

/** One of ours that the inventory names no more is emptied; what it never named stays. */
const withUrl = (text: string, [key, value = '']: Urls[number]): string => {
  const found = assignmentOf(text, key);
  if (same(found?.value ?? '', value) || (value === '' && found?.isOwn !== true)) return text;
  return withAssignment(text, key, value);
};

const same = (found: string, wanted: string | undefined): boolean => found.replace(/\/$/, '') === wanted;

/** SUSE's file comes with `localhost, 127.0.0.1`; what else is exempt stays so. libzypp knows `.example.com`, and no `*.example.com`. */
const withExempt = (text: string, noProxy: readonly string[]): string => {
  const value = assignmentOf(text, 'NO_PROXY')?.value ?? '';
  const there = value.split(/[,\s]+/).filter(entry => entry !== '');
  const missing = [...new Set(noProxy.map(entry => entry.replace(/^\*\./, '.')))].filter(
    entry => !there.includes(entry),
  );
  if (missing.length === 0) return text;
  return withAssignment(text, 'NO_PROXY', [...there, ...missing].join(value.includes(', ') ? ', ' : ','));
};

const wouldCount = (key: string, place: string): Refusal =>
  planRefused(
    `${place} sets ${key}, which is switched off there (PROXY_ENABLED) and would count with the proxy of the inventory`,
    `Empty that line, or name it in the inventory (proxy); then plan again.`,
  );
