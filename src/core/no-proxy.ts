import type { DesiredProxy } from './desired.ts';

/** Whether an entry of NO_PROXY covers an address, or a whole network: by itself, or by a network that it is in. */
export const exempts = (noProxy: readonly string[], address: string): boolean =>
  noProxy.some(entry => entry === '*' || entry === address || contains(entry, address));

/** Whether a host is reached without the proxy, by name (`.example.com`, `example.com` and what is below it) or address. */
export const isDirect = (noProxy: readonly string[], host: string): boolean =>
  exempts(noProxy, host) ||
  noProxy.some(entry => {
    const domain = entry.replace(/^\*?\./, '').toLowerCase();
    return domain !== '' && (host.toLowerCase() === domain || host.toLowerCase().endsWith(`.${domain}`));
  });

export const noProxies: DesiredProxy = { http: undefined, https: undefined, noProxy: [] };

/** The proxy of an address, for programs that know NO_PROXY in part: undefined for one that is exempt, or where there is none. */
export const throughProxy = (url: string, proxy: DesiredProxy): DesiredProxy | undefined => {
  if (proxy.http === undefined && proxy.https === undefined) return undefined;
  return isDirect(proxy.noProxy, new URL(url).hostname) ? undefined : proxy;
};

const contains = (entry: string, address: string): boolean => {
  const outer = networkOf(entry);
  const inner = networkOf(address);
  return (
    outer !== undefined &&
    inner !== undefined &&
    outer.bits.length === inner.bits.length &&
    outer.prefix <= inner.prefix &&
    outer.bits.slice(0, outer.prefix) === inner.bits.slice(0, outer.prefix)
  );
};

interface Network {
  /** 32 or 128 characters, `0` or `1`. */
  readonly bits: string;
  readonly prefix: number;
}

const networkOf = (text: string): Network | undefined => {
  const [address = '', length] = text.split('/');
  const bits = address.includes(':') ? bitsOf6(address) : bitsOf4(address);
  return bits === undefined ? undefined : { bits, prefix: length === undefined ? bits.length : Number(length) };
};

const bitsOf4 = (address: string): string | undefined => {
  const parts = address.split('.').map(Number);
  const isAddress = /^\d+(\.\d+){3}$/.test(address) && parts.every(part => part < 256);
  return isAddress ? parts.map(part => part.toString(2).padStart(8, '0')).join('') : undefined;
};

const bitsOf6 = (address: string): string | undefined => {
  if (!/^[0-9A-Fa-f:]+$/.test(address)) return undefined;
  const [head = '', tail] = address.split('::');
  const groups = (part: string): readonly string[] => (part === '' ? [] : part.split(':'));
  const missing = tail === undefined ? 0 : 8 - groups(head).length - groups(tail).length;
  if (missing < 0) return undefined;
  const all = [...groups(head), ...Array.from({ length: missing }, () => '0'), ...groups(tail ?? '')];
  return all.length === 8
    ? all.map(group => Number.parseInt(group, 16).toString(2).padStart(16, '0')).join('')
    : undefined;
};
