import { type DownloadOptions, openDownload } from '../../../apply/download.ts';

export interface HttpAnswer {
  readonly status: number;
  /** `WWW-Authenticate`, of a 401. */
  readonly challenge: string;
  readonly body: Buffer;
}

export interface HttpOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  trustOf(host: string): NonNullable<DownloadOptions['trust']>;
}

/** No manifest and no layer of a sandbox image comes near it. */
const mostBytes = 64 * 1024 * 1024;
const waitMs = 60_000;

export const httpGet = async (url: string, { headers, signal, trustOf }: HttpOptions): Promise<HttpAnswer> => {
  const answer = await openDownload(url, {
    signal: AbortSignal.any([signal, AbortSignal.timeout(waitMs)]),
    trust: trustOf(new URL(url).host),
    ...(headers === undefined ? {} : { headers }),
  });
  const blocks: Uint8Array[] = [];
  let bytes = 0;
  for await (const block of answer.body ?? []) {
    bytes += block.length;
    if (bytes > mostBytes) throw new Error(`more than ${mostBytes / 1024 / 1024} MiB came`);
    blocks.push(block);
  }
  return {
    status: answer.status,
    challenge: answer.headers.get('www-authenticate') ?? '',
    body: Buffer.concat(blocks),
  };
};
