import { createHash } from 'node:crypto';
import {
  type Descriptor,
  imageConfig,
  imageIndex,
  imageManifest,
  tokenAnswer,
} from '../../../plan/bundle/registry-answers.ts';
import { type HttpAnswer, type HttpOptions, httpGet } from './http.ts';

/** An image of one architecture, each part held to its digest. */
export interface PulledImage {
  /** Of its manifest. */
  readonly digest: string;
  readonly config: Buffer;
  /** As the registry has them, packed or not, the lowest first. */
  readonly layers: readonly Buffer[];
}

export interface ImageAt {
  /** Root of the API: `https://registry.k8s.io/v2`. */
  readonly root: string;
  /** `pause` */
  readonly repository: string;
  /** Tag, or digest. */
  readonly reference: string;
  /** The registry itself, for a mirror that serves several. */
  readonly namespace?: string;
}

export const sha256Of = (content: Buffer | string): string => createHash('sha256').update(content).digest('hex');

const manifestTypes = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

/** https://distribution.github.io/distribution/spec/api/ and its token authentication, as anybody. `architecture` as Go names it. */
export const pullImage = async (image: ImageAt, architecture: string, options: HttpOptions): Promise<PulledImage> => {
  const registry = opener(image, options);
  const pinned = image.reference.startsWith('sha256:') ? image.reference : undefined;
  const first = await registry.get(`manifests/${image.reference}`, pinned, manifestTypes);
  const list = imageIndex.safeParse(json(first));
  if (!list.success) return pullManifest(first, architecture, registry);
  const found = list.data.manifests.find(
    ({ platform }) => platform?.os === 'linux' && platform.architecture === architecture,
  );
  if (found === undefined) throw new Error(`it has no image for linux/${architecture}`);
  const chosen = await registry.get(`manifests/${found.digest}`, found.digest, manifestTypes);
  return pullManifest(chosen, architecture, registry);
};

const pullManifest = async (body: Buffer, architecture: string, registry: Opener): Promise<PulledImage> => {
  const parsed = imageManifest.safeParse(json(body));
  if (!parsed.success) throw new Error('it answers no manifest of an image');
  const blob = async ({ digest, size }: Descriptor): Promise<Buffer> => {
    const content = await registry.get(`blobs/${digest}`, digest);
    if (content.length !== size) throw new Error(`${digest} has ${content.length} bytes, its manifest says ${size}`);
    return content;
  };
  const config = await blob(parsed.data.config);
  const told = imageConfig.safeParse(json(config));
  if (told.success && told.data.architecture !== architecture) {
    throw new Error(`its image is for ${told.data.architecture}, and ${architecture} is needed`);
  }
  const layers: Buffer[] = [];
  for (const layer of parsed.data.layers) layers.push(await blob(layer));
  return { digest: `sha256:${sha256Of(body)}`, config, layers };
};

const json = (body: Buffer): unknown => {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
};

interface Opener {
  /** `digest`: what has to come. */
  get(path: string, digest: string | undefined, accept?: string): Promise<Buffer>;
}

const opener = ({ root, repository, namespace }: ImageAt, options: HttpOptions): Opener => {
  let token: string | undefined;
  const ask = (path: string, accept: string): Promise<HttpAnswer> => {
    const query = namespace === undefined ? '' : `?ns=${encodeURIComponent(namespace)}`;
    const headers = { accept, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) };
    return httpGet(`${root}/${repository}/${path}${query}`, { ...options, headers });
  };
  return {
    async get(path, digest, accept = '*/*') {
      let answer = await ask(path, accept);
      if (answer.status === 401 && token === undefined) {
        token = await askToken(answer.challenge, options);
        answer = await ask(path, accept);
      }
      if (answer.status !== 200) throw new Error(`it answers ${answer.status} for ${repository}/${path}`);
      const found = `sha256:${sha256Of(answer.body)}`;
      if (digest !== undefined && found !== digest) throw new Error(`what came for ${digest} has the digest ${found}`);
      return answer.body;
    },
  };
};

const askToken = async (challenge: string, options: HttpOptions): Promise<string> => {
  const words = new Map([...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = '', value = '']) => [key, value]));
  const realm = words.get('realm');
  if (!/^Bearer /i.test(challenge) || realm === undefined) throw new Error('it wants credentials');
  const url = new URL(realm);
  for (const key of ['service', 'scope']) {
    const value = words.get(key);
    if (value !== undefined) url.searchParams.set(key, value);
  }
  const answer = await httpGet(url.href, options);
  const parsed = tokenAnswer.safeParse(json(answer.body));
  const token = parsed.success ? (parsed.data.token ?? parsed.data.access_token) : undefined;
  if (answer.status !== 200 || token === undefined) throw new Error(`${url.host} gives no token (${answer.status})`);
  return token;
};
