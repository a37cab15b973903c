import { type RequestOptions, request } from 'node:https';
import { createInterface } from 'node:readline';
import { LabError } from '../run.ts';
import { adminCredentials } from './pki.ts';

/** The API as the lab's own eyes: no client program to start, no rights to lack. */
export interface ClusterApi {
  /** JSON of a path such as `/api/v1/nodes`; throws on any status but 2xx. */
  get<T>(path: string): Promise<T>;
  /** A merge patch; throws likewise. */
  patch(path: string, change: object): Promise<void>;
  /** Every line of an answer that goes on and on, such as that of `?watch=1`. It fails at `stop` if it ended before. */
  watch(path: string, onLine: (line: string) => void): Watch;
  isReady(): Promise<boolean>;
}

export interface Watch {
  stop(): Promise<void>;
}

export function clusterApi({ name, address }: { name: string; address: string }): ClusterApi {
  const { ca, certificate, key } = adminCredentials(name);
  const ask = (path: string, options: RequestOptions, text = ''): Promise<{ status: number; body: string }> =>
    new Promise((resolve, reject) => {
      const fixed = { host: address, port: 6443, path, ca, cert: certificate, key, timeout: 10_000 };
      const call = request({ ...fixed, ...options }, answer => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(chunks).toString() }));
      });
      call.on('timeout', () => call.destroy(new LabError(`no answer of ${name} to ${path} within 10 s`)));
      call.on('error', reject);
      call.end(text);
    });
  const must = async (path: string, options: RequestOptions, text?: string): Promise<string> => {
    const { status, body } = await ask(path, options, text);
    if (status < 200 || status > 299) throw new LabError(`${name} answers ${status} to ${path}: ${body}`);
    return body;
  };
  return {
    get: async <T>(path: string) => JSON.parse(await must(path, {})) as T,
    patch: async (path, change) => {
      const headers = { 'content-type': 'application/merge-patch+json' };
      await must(path, { method: 'PATCH', headers }, JSON.stringify(change));
    },
    watch: (path, onLine) => {
      const ended = new AbortController();
      const reading = readLines(
        { host: address, port: 6443, path, ca, cert: certificate, key, signal: ended.signal },
        onLine,
      );
      // Told by `stop`.
      reading.catch(() => undefined);
      return {
        stop: async () => {
          ended.abort();
          await reading.catch((error: Error) => {
            if (error.name !== 'AbortError') throw error;
          });
        },
      };
    },
    isReady: () =>
      ask('/readyz', {}).then(
        ({ status }) => status === 200,
        () => false,
      ),
  };
}

function readLines(options: RequestOptions, onLine: (line: string) => void): Promise<void> {
  return new Promise((_, reject) => {
    const call = request(options, async answer => {
      try {
        if (answer.statusCode !== 200) throw new LabError(`the API answers ${answer.statusCode} to ${options.path}`);
        for await (const line of createInterface({ input: answer })) onLine(line);
        throw new LabError(`the API ended its answer to ${options.path}`);
      } catch (error) {
        reject(error);
      }
    });
    call.on('error', reject);
    call.end();
  });
}
