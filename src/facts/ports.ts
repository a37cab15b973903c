/** Listening TCP sockets; `process` only as root. */
export type Ports = readonly {
  readonly port: number;
  readonly address: string;
  readonly process: string | undefined;
}[];
