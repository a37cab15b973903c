/** What this machine asks of a server: the status, and a body where there is one. */
export interface Download {
  readonly ok: boolean;
  readonly status: number;
  /** undefined: the server does not say. */
  readonly bytes: number | undefined;
  readonly body: AsyncIterable<Uint8Array> | null;
}

/** By HTTPS_PROXY, HTTP_PROXY and NO_PROXY of this machine, in either case, as curl does. Node's own `fetch` does not look at them before Node 24. */
export const openDownload = async (url: string, signal?: AbortSignal): Promise<Download> => {
  const { EnvHttpProxyAgent, fetch } = await import('undici');
  const dispatcher = new EnvHttpProxyAgent();
  const { ok, status, headers, body } = await fetch(url, { dispatcher, ...(signal === undefined ? {} : { signal }) });
  const bytes = Number(headers.get('content-length') ?? Number.NaN);
  return { ok, status, bytes: Number.isSafeInteger(bytes) ? bytes : undefined, body };
};
