import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { LabNode } from '../node.ts';
import { must } from '../run.ts';
import { architecture, buildUpstream } from './build.ts';
import { makeSigningKey, type SigningKey } from './key.ts';
import type { UpstreamPackage } from './packages.ts';
import { serveFiles } from './serve.ts';

/**
 * Signed package repositories over HTTP on the bridge, both as docker.com lays them out (`dists/SUITE/stable`, key `gpg`) and flat as
 * CRI-O's (`deb/`, key `deb/Release.key`). The same packages are in both.
 */
export interface UpstreamRepository {
  /** Of the layout with suites. */
  readonly url: string;
  /** Of the flat layout; its suite is `/`. */
  readonly flatUrl: string;
  readonly keyUrl: string;
  readonly flatKeyUrl: string;
  readonly fingerprint: string;
  readonly publicKey: string;
  /** Paths that were asked for, in order. */
  readonly requests: readonly string[];
  /** On offer after `publish`. */
  offer(...made: readonly UpstreamPackage[]): Promise<void>;
  withdraw(name: string, version: string): void;
  /** Writes and signs the indexes; `key` signs instead of the repository's own. */
  publish(key?: SigningKey): Promise<void>;
  /** Path → another answer than the right one: a text, or 404. */
  readonly instead: Map<string, string | 404>;
  close(): Promise<void>;
}

interface Offered {
  readonly name: string;
  readonly version: string;
  readonly file: string;
  readonly stanza: string;
}

/** `node` names the suite, whose packages upstream's are made of. */
export async function openUpstream(
  node: LabNode,
  ownKey: SigningKey | undefined = undefined,
): Promise<UpstreamRepository> {
  const key = ownKey ?? (await makeSigningKey());
  const offered: Offered[] = [];
  const server = await serveFiles(path => offered.find(({ file }) => path.endsWith(`/pool/${basename(file)}`))?.file);
  const { root, texts, requests, instead } = server;
  texts.set('/linux/gpg', key.publicKey);
  texts.set('/deb/Release.key', key.publicKey);
  return {
    url: `${root}/linux`,
    flatUrl: `${root}/deb/`,
    keyUrl: `${root}/linux/gpg`,
    flatKeyUrl: `${root}/deb/Release.key`,
    fingerprint: key.fingerprint,
    publicKey: key.publicKey,
    requests,
    instead,
    async offer(...made) {
      for (const one of made) offered.push(await describe(one, await buildUpstream(one, node.suite)));
    },
    withdraw(name, version) {
      const index = offered.findIndex(one => one.name === name && one.version === version);
      if (index >= 0) offered.splice(index, 1);
    },
    async publish(signer = key) {
      const packages = offered.map(({ stanza }) => `${stanza}\n`).join('');
      const arch = await architecture();
      const list = `stable/binary-${arch}/Packages`;
      texts.set(`/linux/dists/${node.suite}/${list}`, packages);
      texts.set(`/linux/dists/${node.suite}/InRelease`, await signer.sign(release(node.suite, arch, list, packages)));
      texts.set('/deb/Packages', packages);
      texts.set('/deb/InRelease', await signer.sign(release('', arch, 'Packages', packages)));
    },
    async close() {
      await server.close();
      await key.dispose();
    },
  };
}

async function describe({ name, version }: UpstreamPackage, file: string): Promise<Offered> {
  const control = await must('dpkg-deb', ['-f', file]);
  const bytes = readFileSync(file);
  const more = `Filename: pool/${basename(file)}\nSize: ${bytes.length}\nSHA256: ${sha256(bytes)}\n`;
  return { name, version, file, stanza: `${control}${more}` };
}

const sha256 = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex');

const release = (suite: string, arch: string, list: string, packages: string): string =>
  [
    'Origin: lab',
    ...(suite === '' ? [] : [`Suite: ${suite}`, `Codename: ${suite}`, 'Components: stable']),
    `Architectures: ${arch}`,
    `Date: ${new Date().toUTCString().replace('GMT', 'UTC')}`,
    'SHA256:',
    ` ${sha256(packages)} ${Buffer.byteLength(packages)} ${list}`,
    '',
  ].join('\n');
