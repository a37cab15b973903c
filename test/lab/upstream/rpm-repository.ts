import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LabNode } from '../node.ts';
import { makeSigningKey, type SigningKey } from './key.ts';
import type { UpstreamPackage } from './packages.ts';
import type { UpstreamRepository } from './repository.ts';
import { buildUpstreamRpm, publishRpms, rpmFileName } from './rpm.ts';
import { serveFiles } from './serve.ts';

/**
 * Repositories of signed packages for dnf, both as docker.com lays them out (`RELEASE/ARCHITECTURE/stable`, key `gpg`) and flat as
 * CRI-O's (`rpm/`, key `rpm/repodata/repomd.xml.key`). As there, packages are signed and indexes are not.
 */
export async function openRpmUpstream(
  node: Pick<LabNode, 'suite'>,
  ownKey: SigningKey | undefined = undefined,
): Promise<UpstreamRepository> {
  const key = ownKey ?? (await makeSigningKey());
  const directory = mkdtempSync(join(tmpdir(), 'nodeprep-rpms-'));
  const offered: { name: string; version: string; file: string; rpm: string }[] = [];
  const server = await serveFiles(path => {
    const [, inside] = /^\/(?:linux\/[^/]+\/[^/]+\/stable|rpm)\/(.*)$/.exec(path) ?? [];
    const file = join(directory, inside ?? 'none');
    return existsSync(file) && statSync(file).isFile() ? file : undefined;
  });
  const { root, texts, requests, instead } = server;
  texts.set('/linux/gpg', key.publicKey);
  texts.set('/rpm/repodata/repomd.xml.key', key.publicKey);
  return {
    url: `${root}/linux`,
    flatUrl: `${root}/rpm/`,
    keyUrl: `${root}/linux/gpg`,
    flatKeyUrl: `${root}/rpm/repodata/repomd.xml.key`,
    fingerprint: key.fingerprint,
    publicKey: key.publicKey,
    requests,
    instead,
    async offer(...made: readonly UpstreamPackage[]) {
      for (const one of made) {
        const file = await buildUpstreamRpm(one, node.suite);
        offered.push({ name: one.name, version: one.rpm?.version ?? one.version, file, rpm: rpmFileName(one) });
      }
    },
    withdraw(name, version) {
      const index = offered.findIndex(one => one.name === name && one.version === version);
      if (index >= 0) offered.splice(index, 1);
    },
    publish: (signer = key) =>
      publishRpms(
        node.suite,
        offered.map(({ rpm, file }) => ({ name: rpm, file })),
        signer,
        directory,
      ),
    async close() {
      await server.close();
      rmSync(directory, { recursive: true, force: true });
      await key.dispose();
    },
  };
}
