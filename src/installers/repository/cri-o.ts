import type { DesiredNode } from '../../core/desired.ts';
import { withoutEndingSlashes } from '../../core/ending-slashes.ts';
import type { OsFamily } from '../../os/os-family.ts';
import type { Repository } from './repository.ts';

/** As apt and users of it saw it in 2025 and 2026: https://github.com/cri-o/cri-o/issues/9298. The project signs both kinds with it. */
const crioKey = '85B67D5C50100B1AC8CEFE49CBA9C85640A2B579';

/** Regional mirrors have CRI-O as pkgs.k8s.io had it, signed by Kubernetes: https://kubernetes.io/blog/2023/10/10/cri-o-community-package-infrastructure/ */
const kubernetesKey = 'DE15B14486CD377B9E876E1A234654DA9A296436';

/** One repository for each minor version: https://github.com/cri-o/packaging#readme */
export const criORepository = (desired: DesiredNode, { packageManager }: OsFamily): Repository => {
  const { packageMirror: mirror } = desired;
  const wanted = desired.runtime.repository ?? {};
  const [format, keyFile] = packageManager === 'apt' ? ['deb', 'Release.key'] : ['rpm', 'repodata/repomd.xml.key'];
  const isMirrored = mirror !== undefined && wanted.url === undefined;
  const root = isMirrored
    ? `${mirror}/kubernetes/addons:/cri-o:/stable:`
    : 'https://download.opensuse.org/repositories/isv:/cri-o:/stable:';
  const url = withoutEndingSlashes(wanted.url ?? `${root}/v${minorOf(desired)}/${format}`);
  return {
    name: 'cri-o',
    url: `${url}/`,
    suite: wanted.suite ?? '/',
    components: wanted.components ?? [],
    key: wanted.key ?? { from: 'url', url: `${url}/${keyFile}` },
    fingerprint: wanted.fingerprint ?? (isMirrored ? kubernetesKey : crioKey),
  };
};

/** CRI-O goes with the Kubernetes of the same minor version. */
const minorOf = ({ kubernetesVersion, runtime }: DesiredNode): string =>
  (runtime.version !== undefined && /^\d+\.\d+/.exec(runtime.version)?.[0]) ||
  kubernetesVersion.split('.').slice(0, 2).join('.');
