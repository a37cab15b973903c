import type { DesiredProxy } from '../../core/desired.ts';
import { isDirect } from '../../core/no-proxy.ts';
import { parseIni } from '../../facts/ini.ts';
import { isEnabled, urlsOf } from '../../facts/rpm-sources.ts';
import { sectionsOf, withProxyLine } from './ini.ts';

/** dnf has one proxy for all that has none of its own; most repositories are asked by https. */
export const mainProxy = ({ http, https }: DesiredProxy): string | undefined => https ?? http;

/**
 * dnf.conf(5) knows no exceptions. A repository that is exempt, or that is asked by http where the proxies differ, says so itself;
 * undefined: what dnf.conf says is right for it.
 */
export const proxyOfRepository = (urls: readonly string[], proxy: DesiredProxy | undefined): string | undefined => {
  const main = proxy && mainProxy(proxy);
  if (proxy === undefined || main === undefined || urls.length === 0) return undefined;
  const [first, ...others] = urls.map(url => proxyFor(url, proxy) ?? main);
  return first === main || others.some(other => other !== first) ? undefined : first;
};

/** undefined: variables of dnf leave it open, or it comes from no network. */
const proxyFor = (url: string, { http, https, noProxy }: DesiredProxy): string | undefined => {
  const [, scheme, bracketed, plain] = /^(https?):\/\/(?:[^/@]*@)?(?:\[([^\]]+)\]|([^/:]+))/i.exec(url) ?? [];
  const host = bracketed ?? plain;
  if (scheme === undefined || host === undefined || host.includes('$')) return undefined;
  const through = scheme.toLowerCase() === 'https' ? https : http;
  return through === undefined || isDirect(noProxy, host) ? '_none_' : through;
};

/** A file of repositories as dnf needs it, where the inventory names a proxy. What somebody else has set of a repository stays. */
export const withProxies = (text: string, proxy: DesiredProxy | undefined): string =>
  proxy === undefined
    ? text
    : sectionsOf(text)
        .map(section => inRepository(section, proxy))
        .join('');

const inRepository = (section: string, proxy: DesiredProxy): string => {
  const [found] = section.startsWith('[') ? parseIni(section) : [];
  if (found === undefined || !isEnabled(found)) return section;
  const lists = found.values.get('metalink') ?? found.values.get('mirrorlist');
  const urls = urlsOf(found.values);
  return withProxyLine(section, proxyOfRepository(urls.length > 0 ? urls : lists ? [lists] : [], proxy));
};
