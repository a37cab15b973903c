import type { DesiredNode } from '../../core/desired.ts';
import { withoutEndingSlashes } from '../../core/ending-slashes.ts';
import { type PackageFormat, packageFormatOf } from '../../core/package-manager.ts';
import type { OsRelease } from '../../facts/os-release.ts';
import type { OsFamily } from '../../os/os-family.ts';
import { isFlat, notFor, type RepositoryChoice, suiteOf } from './repository.ts';

/** Its keys, and its channels: https://docs.mirantis.com/mcr/current/ */
const mirantisKeys = {
  deb: 'DD911E995A64A202E85907D6BC14F10B6D085F96',
  rpm: '77FEDA131A831D29A418D3E899E5FF2E76682BC9',
} as const satisfies Record<PackageFormat, string>;

export const mirantisRepository = ({ runtime }: DesiredNode, release: OsRelease, os: OsFamily): RepositoryChoice => {
  const wanted = runtime.repository ?? {};
  const suite = wanted.suite ?? suiteOf(release, os);
  if (wanted.url === undefined || suite === undefined) {
    return notFor('Mirantis Container Runtime comes from a repository that the inventory has to name');
  }
  const url = withoutEndingSlashes(wanted.url);
  return {
    ok: true,
    repository: {
      name: 'mirantis',
      url,
      suite,
      components: wanted.components ?? (isFlat(suite) ? [] : ['stable']),
      key: wanted.key ?? { from: 'url', url: `${url}/gpg` },
      fingerprint: wanted.fingerprint ?? mirantisKeys[packageFormatOf(os.packageManager)],
    },
  };
};
