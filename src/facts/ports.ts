import { known } from '../core/observed.ts';
import type { Fact } from './fact.ts';
import { answerText, CannotTell, linesOf } from './read.ts';

/** Listening TCP sockets; `process` only as root. */
export type Ports = readonly {
  readonly port: number;
  readonly address: string;
  readonly process: string | undefined;
}[];

/**
 * Ports that Kubernetes and its runtimes listen on: API server, etcd, kubelet, scheduler, controller manager, kube-proxy.
 * https://kubernetes.io/docs/reference/networking/ports-and-protocols/
 */
export const watchedPorts = [2379, 2380, 2381, 6443, 10010, 10248, 10249, 10250, 10256, 10257, 10259] as const;

const hexadecimal = (port: number): string => port.toString(16).toUpperCase().padStart(4, '0');

/** State 0A is LISTEN. Process names cost a walk through /proc, so `ss` is asked only when a watched port is taken. */
export const ports: Fact<Ports> = {
  items: {
    listening: {
      kind: 'sh',
      timeoutSeconds: 5,
      script: `[ -r /proc/net/tcp ] || return 3
l=$(grep -sh ' 0A ' /proc/net/tcp /proc/net/tcp6)
printf '%s\\n' "$l"
case $l in ${watchedPorts.map(port => `*':${hexadecimal(port)} '*`).join('|')}) ;; *) return 0;; esac
command -v ss >/dev/null && limit ss -Hltnp
return 0`,
    },
  },
  parse({ listening }) {
    if (listening?.exitCode !== 0) throw new CannotTell('/proc/net/tcp cannot be read');
    const lines = linesOf(answerText(listening));
    const owners = new Map(lines.flatMap(ownerOf));
    return known(
      lines.flatMap(line => {
        const socket = socketOf(line);
        return socket === undefined ? [] : [{ ...socket, process: owners.get(socket.port) }];
      }),
    );
  },
};

/** `  0: 0100007F:1F90 00000000:0000 0A …` */
const socketOf = (line: string): { readonly address: string; readonly port: number } | undefined => {
  const [, address, port] = /^\s*\d+: ([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4}) \S+ 0A /.exec(line) ?? [];
  if (address === undefined || port === undefined) return undefined;
  return { address: decodeAddress(address), port: Number.parseInt(port, 16) };
};

/** Words of four bytes in the host's byte order; all machines that run Kubernetes nodes but s390x are little-endian. */
export const decodeAddress = (hex: string): string => {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap(word => (word.match(/../g) ?? []).reverse());
  if (bytes.length === 4) return bytes.map(byte => Number.parseInt(byte, 16)).join('.');
  const groups = Array.from({ length: 8 }, (_, index) => `${bytes[index * 2] ?? ''}${bytes[index * 2 + 1] ?? ''}`);
  const plain = groups.map(group => Number.parseInt(group, 16).toString(16)).join(':');
  if (plain.startsWith('0:0:0:0:0:ffff:'))
    return bytes
      .slice(12)
      .map(byte => Number.parseInt(byte, 16))
      .join('.');
  return plain.replace(/(^|:)0(:0)+(:|$)/, '::');
};

/** `LISTEN 0 4096 *:10250 *:* users:(("kubelet",pid=812,fd=20))` */
const ownerOf = (line: string): readonly (readonly [number, string])[] => {
  const [, port, name] = /^(?:LISTEN\s+)?\d+\s+\d+\s+\S+:(\d+)\s+\S+\s+users:\(\("([^"]+)"/.exec(line) ?? [];
  return port === undefined || name === undefined ? [] : [[Number(port), name]];
};
