import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createPlainServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Image, imageParts, sha256 } from './image.ts';
import { BRIDGE_ADDRESS } from './settings.ts';

/** A registry on the bridge that hands out images and takes none: what `docker pull` asks for, and no more. */
export interface LabRegistry {
  /** `https://10.213.0.1:35001` */
  readonly url: string;
  /** `10.213.0.1:35001` */
  readonly host: string;
  /** Certificate of the authority that a TLS registry is to be trusted by, in PEM. */
  readonly ca: string | undefined;
  /** What has been asked for and answered so far: `GET /v2/pause/manifests/3.10.1?ns=registry.k8s.io`. */
  requests(): readonly string[];
  /** From now on answers only who says `user:password`. */
  requireLogin(credentials: string): void;
  close(): Promise<void>;
}

export interface RegistryOptions {
  /** By repository and tag: `pause:3.10.1`. */
  readonly images: Readonly<Record<string, Image>>;
  readonly tls?: boolean;
  /** Before the names of repositories: `k8s` gives /v2/k8s/pause. */
  readonly project?: string;
}

interface Content {
  readonly type: string;
  readonly body: Buffer;
}

export async function startRegistry({ images, tls = false, project }: RegistryOptions): Promise<LabRegistry> {
  const contents = contentsOf(images, project === undefined ? '' : `${project}/`);
  const requests: string[] = [];
  let login: string | undefined;
  const answer: RequestListener = (request, response) => {
    if (login !== undefined && request.headers.authorization !== login) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="lab"', 'content-length': 0 }).end();
      return;
    }
    requests.push(`${request.method} ${request.url}`);
    const content = contents.get((request.url ?? '').replace(/\?.*$/, ''));
    const { type, body } = content ?? { type: 'application/json', body: Buffer.from('{"errors":[]}') };
    response.writeHead(content === undefined ? 404 : 200, {
      'content-type': type,
      'content-length': body.length,
      'docker-content-digest': `sha256:${sha256(body)}`,
      'docker-distribution-api-version': 'registry/2.0',
    });
    response.end(request.method === 'HEAD' ? undefined : body);
  };
  const identity = tls ? makeIdentity() : undefined;
  const server: Server = identity === undefined ? createPlainServer(answer) : createTlsServer(identity, answer);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, BRIDGE_ADDRESS, resolve);
  });
  const address = server.address();
  const host = `${BRIDGE_ADDRESS}:${typeof address === 'object' ? address?.port : ''}`;
  return {
    url: `${tls ? 'https' : 'http'}://${host}`,
    host,
    ca: identity?.ca,
    requests: () => requests,
    requireLogin: credentials => {
      login = `Basic ${Buffer.from(credentials).toString('base64')}`;
    },
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function contentsOf(images: RegistryOptions['images'], prefix: string): ReadonlyMap<string, Content> {
  const contents = new Map<string, Content>([['/v2/', { type: 'application/json', body: Buffer.from('{}') }]]);
  for (const [reference, image] of Object.entries(images)) {
    const [repository = '', tag = ''] = reference.split(':');
    const { layer, config } = imageParts(image);
    const blob = (mediaType: string, body: Buffer) => ({
      mediaType,
      size: body.length,
      digest: `sha256:${sha256(body)}`,
    });
    const manifest = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: manifestType,
        config: blob('application/vnd.oci.image.config.v1+json', config),
        layers: [blob('application/vnd.oci.image.layer.v1.tar', layer)],
      }),
    );
    const at = `/v2/${prefix}${repository}`;
    for (const name of [tag, `sha256:${sha256(manifest)}`]) {
      contents.set(`${at}/manifests/${name}`, { type: manifestType, body: manifest });
    }
    for (const body of [config, layer]) {
      contents.set(`${at}/blobs/sha256:${sha256(body)}`, { type: 'application/octet-stream', body });
    }
  }
  return contents;
}

const manifestType = 'application/vnd.oci.image.manifest.v1+json';

/** An authority of its own, and what it signs for the bridge address. */
function makeIdentity(): { key: Buffer; cert: Buffer; ca: string } {
  const directory = mkdtempSync(join(tmpdir(), 'nodeprep-ca-'));
  const at = (name: string): string => join(directory, name);
  const openssl = (...words: readonly string[]): void => {
    execFileSync('openssl', words, { cwd: directory, stdio: 'pipe' });
  };
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-batch'];
  try {
    openssl(
      'req',
      '-x509',
      ...newKey,
      '-keyout',
      'ca.key',
      '-out',
      'ca.pem',
      '-subj',
      '/CN=lab authority',
      '-days',
      '2',
    );
    openssl('req', ...newKey, '-keyout', 'key', '-out', 'request', '-subj', '/CN=lab registry');
    writeFileSync(at('names'), `subjectAltName=IP:${BRIDGE_ADDRESS}\n`);
    const signed = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'names', '-days', '2'];
    openssl('x509', '-req', '-in', 'request', '-out', 'cert', ...signed);
    return { key: readFileSync(at('key')), cert: readFileSync(at('cert')), ca: readFileSync(at('ca.pem'), 'utf8') };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
