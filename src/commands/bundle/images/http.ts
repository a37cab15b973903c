import { type IncomingHttpHeaders, request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { rootCertificates } from 'node:tls';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface HttpOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Certificates to trust, in PEM, beside those of this machine. */
  trustOf(host: string): { readonly ca?: string; readonly skipVerify?: boolean };
}

/** No manifest and no layer of a sandbox image comes near it. */
const mostBytes = 64 * 1024 * 1024;
const mostRedirects = 5;
const waitMs = 30_000;

/** Blobs are often elsewhere: redirects are followed, and credentials stay with the host that they are for. */
export const httpGet = async (url: string, options: HttpOptions): Promise<HttpAnswer> => {
  let at = new URL(url);
  let { headers } = options;
  for (let count = 0; count <= mostRedirects; count += 1) {
    const answer = await getOnce(at, { ...options, ...(headers === undefined ? {} : { headers }) });
    const { location } = answer.headers;
    if (![301, 302, 303, 307, 308].includes(answer.status) || location === undefined) return answer;
    const next = new URL(location, at);
    if (at.protocol === 'https:' && next.protocol !== 'https:') {
      throw new Error(`${at.host} sends us on to ${next.host} without TLS`);
    }
    if (next.host !== at.host) headers = without(headers ?? {}, 'authorization');
    at = next;
  }
  throw new Error(`${new URL(url).host} sends us on for ever`);
};

const without = (headers: Readonly<Record<string, string>>, name: string): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(headers).filter(([key]) => key !== name));

const getOnce = (url: URL, { headers = {}, signal, trustOf }: HttpOptions): Promise<HttpAnswer> =>
  new Promise((resolve, reject) => {
    const { ca, skipVerify } = trustOf(url.host);
    const common = { headers, signal, timeout: waitMs };
    const trust = {
      ...(ca === undefined ? {} : { ca: [...rootCertificates, ca] }),
      ...(skipVerify === true ? { rejectUnauthorized: false } : {}),
    };
    const request = url.protocol === 'https:' ? tlsRequest(url, { ...common, ...trust }) : plainRequest(url, common);
    request.on('timeout', () => request.destroy(new Error(`no answer within ${waitMs / 1000} s`)));
    request.on('error', reject);
    request.on('response', response => {
      const blocks: Buffer[] = [];
      let bytes = 0;
      response.on('data', (block: Buffer) => {
        bytes += block.length;
        if (bytes > mostBytes) request.destroy(new Error(`more than ${mostBytes / 1024 / 1024} MiB came`));
        blocks.push(block);
      });
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(blocks) }),
      );
    });
    request.end();
  });
