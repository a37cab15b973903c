import type { DesiredNode } from '../../core/desired.ts';
import { withoutEndingSlashes } from '../../core/ending-slashes.ts';
import { type PackageFormat, packageFormatOf } from '../../core/package-manager.ts';
import type { OsRelease } from '../../facts/os-release.ts';
import type { OsFamily } from '../../os/os-family.ts';
import { isFlat, noSuite, notFor, type RepositoryChoice, suiteOf } from './repository.ts';

/** https://docs.docker.com/engine/install/: one key for deb packages, another for rpm packages. */
const dockerKeys = {
  deb: '9DC858229FC7DD38854AE2D88D81803C0EBFCD88',
  rpm: '060A61C51B558A7F742B77AAC52FEB6B621E9F35',
} as const satisfies Record<PackageFormat, string>;

/** docker.com has Docker Engine, and containerd as containerd.io. */
export const dockerRepository = (
  { packageMirror: mirror, runtime }: DesiredNode,
  release: OsRelease,
  os: OsFamily,
): RepositoryChoice => {
  const wanted = runtime.repository ?? {};
  const directory = os.dockerDirectory(release);
  if (wanted.url === undefined && directory === undefined) {
    return notFor(`docker.com has no packages for this distribution: ${release.prettyName} (ID=${release.id})`);
  }
  const suite = wanted.suite ?? suiteOf(release, os);
  if (suite === undefined) return notFor(noSuite(os));
  const root = mirror === undefined ? 'https://download.docker.com' : `${mirror}/docker-ce`;
  const url = withoutEndingSlashes(wanted.url ?? `${root}/linux/${directory}`);
  return {
    ok: true,
    repository: {
      name: 'docker',
      url,
      suite,
      components: wanted.components ?? (isFlat(suite) ? [] : ['stable']),
      key: wanted.key ?? { from: 'url', url: `${url}/gpg` },
      fingerprint: wanted.fingerprint ?? dockerKeys[packageFormatOf(os.packageManager)],
    },
  };
};
