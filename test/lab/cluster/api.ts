import { request } from 'node:https';
import { LabError } from '../run.ts';
import { adminCredentials } from './pki.ts';

/** The API as the lab's own eyes: no client program to start, no rights to lack. */
export interface ClusterApi {
  /** JSON of a path such as `/api/v1/nodes`; throws on any status but 2xx. */
  get<T>(path: string): Promise<T>;
  isReady(): Promise<boolean>;
}

export function clusterApi({ name, address }: { name: string; address: string }): ClusterApi {
  const { ca, certificate, key } = adminCredentials(name);
  const get = (path: string): Promise<{ status: number; body: string }> =>
    new Promise((resolve, reject) => {
      const call = request({ host: address, port: 6443, path, ca, cert: certificate, key, timeout: 10_000 }, answer => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(chunks).toString() }));
      });
      call.on('timeout', () => call.destroy(new LabError(`no answer of ${name} to ${path} within 10 s`)));
      call.on('error', reject);
      call.end();
    });
  return {
    get: async <T>(path: string) => {
      const { status, body } = await get(path);
      if (status < 200 || status > 299) throw new LabError(`${name} answers ${status} to ${path}: ${body}`);
      return JSON.parse(body) as T;
    },
    isReady: () =>
      get('/readyz').then(
        ({ status }) => status === 200,
        () => false,
      ),
  };
}
