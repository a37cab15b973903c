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

const anyOf = (ports: readonly string[]): string => ports.map(port => `*':${port} '*`).join('|');

/**
 * Reading /proc/net/tcp walks the kernel's whole table of connections (8 ms of CPU with tcp6), so `ss` is asked where that is free of side
 * effects: it may make the kernel load tcp_diag. Process names cost a walk through /proc, so they are asked for only when a watched port is taken.
 */
export const ports: Fact<Ports> = {
  items: {
    listening: {
      kind: 'sh',
      timeoutSeconds: 5,
      script: `if command -v ss >/dev/null && { [ -d /sys/module/tcp_diag ] || ! [ -e /proc/modules ]; } && l=$(ss -Hltn); then
case $l in ${anyOf(watchedPorts.map(String))}) limit ss -Hltnp && return 0;; esac
printf '%s\\n' "$l"
return 0
fi
[ -r /proc/net/tcp ] || return 3
grep -sh ' 0A ' /proc/net/tcp /proc/net/tcp6
[ $? -le 2 ]`,
    },
  },
  parse({ listening }) {
    if (listening?.exitCode !== 0) throw new CannotTell('/proc/net/tcp cannot be read');
    return known(
      linesOf(answerText(listening)).flatMap(line => (line.startsWith('LISTEN') ? fromSs(line) : fromProc(line)) ?? []),
    );
  },
};

/** `  0: 0100007F:1F90 00000000:0000 0A …` */
const fromProc = (line: string): Ports[number] | undefined => {
  const [, address, port] = /^\s*\d+: ([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4}) \S+ 0A /.exec(line) ?? [];
  if (address === undefined || port === undefined) return undefined;
  return { address: decodeAddress(address), port: Number.parseInt(port, 16), process: undefined };
};

/** `LISTEN 0 4096 *:10250 *:* users:(("kubelet",pid=812,fd=20))`; the address may be `[::]` or `127.0.0.53%lo`. */
const fromSs = (line: string): Ports[number] | undefined => {
  const [, address, port, process] =
    /^LISTEN\s+\d+\s+\d+\s+(\S+):(\d+)\s+\S+(?:\s+users:\(\("([^"]+)")?/.exec(line) ?? [];
  if (address === undefined || port === undefined) return undefined;
  return { address: plainAddress(address), port: Number(port), process };
};

const plainAddress = (written: string): string => {
  const bare = written.replace(/%[^\]:]*/, '').replace(/^\[(.*)\]$/, '$1');
  return bare === '*' ? '::' : bare.replace(/^::ffff:(?=\d+\.)/, '');
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
