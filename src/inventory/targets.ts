import { isIPv6 } from 'node:net';
import { NodeprepError } from '../core/errors.ts';
import { escapeLine } from '../core/escape.ts';
import { formatEndpoint, isAddress } from './address.ts';
import type { InventoryFile } from './schema.ts';

interface Target {
  readonly user: string | undefined;
  readonly address: string;
  readonly port: number | undefined;
}

/** `[user@]host[:port]` … → what a file with these hosts would say. Every mistake is told at once. */
export const targetsToFile = (targets: readonly string[]): InventoryFile => {
  const hosts: InventoryFile['hosts'] = {};
  const mistakes: string[] = [];
  for (const text of targets) {
    const target = parseTarget(text);
    const name = typeof target === 'string' ? undefined : nameOf(target);
    if (typeof target === 'string') mistakes.push(`${escapeLine(text, 100)}: ${target}`);
    else if (name !== undefined && Object.hasOwn(hosts, name)) mistakes.push(`${name} is given twice`);
    else if (name !== undefined)
      hosts[name] = { address: target.address, ssh: { user: target.user, port: target.port } };
  }
  if (mistakes.length > 0) throw new NodeprepError('usage', mistakes.join('\n'), { hint: form });
  return { hosts };
};

const form = 'A host is written [user@]host[:port]; an IPv6 address stands in brackets, such as ops@[fd00::21]:22.';

const nameOf = ({ address, port }: Target): string =>
  port === undefined || port === 22 ? address : formatEndpoint(address, port);

/** The target, or what is wrong with the text. */
const parseTarget = (text: string): Target | string => {
  if (isIPv6(text.slice(text.lastIndexOf('@') + 1))) return 'an IPv6 address stands in brackets, as a port may follow';
  const match = /^(?:(?<user>.*)@)?(?:\[(?<ipv6>[^\]]*)\]|(?<host>[^:@[\]]*))(?::(?<port>.*))?$/.exec(text);
  if (match?.groups === undefined) return 'this is no host';
  const { user, ipv6, host, port } = match.groups;
  if (user !== undefined && !/^(?!-)[^\s\p{C}:]+$/u.test(user)) return 'the part before @ is no user name';
  const address = ipv6 ?? host ?? '';
  if (ipv6 === undefined ? !isAddress(address) : !isIPv6(address)) return 'this is no IP address or host name';
  const number = port === undefined ? undefined : Number(port);
  if (number !== undefined && (!/^\d{1,5}$/.test(port ?? '') || number < 1 || number > 65_535)) {
    return 'the port must be a number from 1 to 65535';
  }
  return { user, address, port: number };
};
