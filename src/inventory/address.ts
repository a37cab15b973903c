import { isIP, isIPv6 } from 'node:net';

/** A name that DNS, /etc/hosts or ssh_config may know. What looks like a bad IPv4 address (`10.0.0.300`) is none. */
const isHostName = (text: string): boolean =>
  text.length <= 253 &&
  text.split('.').every(label => /^[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$/.test(label)) &&
  !/(^|\.)\d+$/.test(text);

/** IPv4, IPv6 without brackets (a zone such as `%eth0` may follow) or a host name; no port. */
export const isAddress = (text: string): boolean => isIP(text) !== 0 || isHostName(text);

/** Brackets where a port follows an IPv6 address. */
export const formatEndpoint = (address: string, port: number): string =>
  isIPv6(address) ? `[${address}]:${port}` : `${address}:${port}`;
