/** What this machine asks of a server: the status, and a body where there is one. */
export interface Download {
  readonly ok: boolean;
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  /** undefined: the server does not say. */
  readonly bytes: number | undefined;
  readonly body: AsyncIterable<Uint8Array> | null;
}

export interface DownloadOptions {
  readonly signal?: AbortSignal;
  readonly headers?: Readonly<Record<string, string>>;
  /** Certificates in PEM beside those that are known; whether any is taken unseen. */
  readonly trust?: { readonly ca?: string; readonly skipVerify?: boolean };
}

/** `fetch` says that it failed, and in the cause of its error why; so does a body that breaks off. */
export const reasonOf = (error: unknown): string => {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  return cause instanceof Error ? cause.message : String(cause);
};

/** By HTTPS_PROXY, HTTP_PROXY and NO_PROXY of this machine, in either case, as curl does. Node's own `fetch` does not look at them before Node 24. */
export const openDownload = async (
  url: string,
  { signal, headers, trust = {} }: DownloadOptions = {},
): Promise<Download> => {
  const [{ EnvHttpProxyAgent, fetch }, { rootCertificates }] = await Promise.all([
    import('undici'),
    import('node:tls'),
  ]);
  const tls = {
    ...(trust.ca === undefined ? {} : { ca: [...rootCertificates, trust.ca] }),
    ...(trust.skipVerify === true ? { rejectUnauthorized: false } : {}),
  };
  const dispatcher = new EnvHttpProxyAgent({ connect: tls, requestTls: tls });
  const answer = await fetch(url, {
    dispatcher,
    ...(signal === undefined ? {} : { signal }),
    ...(headers === undefined ? {} : { headers }),
  });
  const bytes = Number(answer.headers.get('content-length') ?? Number.NaN);
  const { ok, status, body } = answer;
  return { ok, status, headers: answer.headers, bytes: Number.isSafeInteger(bytes) ? bytes : undefined, body };
};
