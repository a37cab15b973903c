import type { UpstreamRepository } from '../../lab/upstream/index.ts';

/** `runtime.repository` of an inventory: deb packages in suites, or rpms. */
export const repositoryOf = ({ url, keyUrl, fingerprint }: UpstreamRepository) => ({
  url,
  key: { url: keyUrl },
  fingerprint,
});

/** The same for CRI-O, whose repositories have no suites. */
export const repositoryOfCrio = ({ flatUrl, flatKeyUrl, fingerprint }: UpstreamRepository) => ({
  url: flatUrl,
  suite: '/',
  key: { url: flatKeyUrl },
  fingerprint,
});

export const repositoryFor = (name: string, upstream: UpstreamRepository) =>
  name === 'cri-o' ? repositoryOfCrio(upstream) : repositoryOf(upstream);
