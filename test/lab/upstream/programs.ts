import { must } from '../run.ts';
import { buildGo, type GoBuild, goProblem } from '../tools.ts';

/** What `go/cri-o` pins. */
export const CRIO_RELEASE = '1.36.1';
/** What `go/cri-dockerd` pins. */
export const CRI_DOCKERD_RELEASE = '0.4.0';

const crioBuild: GoBuild = {
  folder: 'cri-o',
  packages: ['github.com/cri-o/cri-o/cmd/crio'],
  tags: ['containers_image_openpgp', 'exclude_graphdriver_btrfs', 'seccomp'],
  cgo: true,
  c: { module: 'github.com/cri-o/cri-o', sources: 'pinns/src/*.c', program: 'pinns' },
};

const criDockerdBuild: GoBuild = {
  folder: 'cri-dockerd',
  packages: ['github.com/Mirantis/cri-dockerd'],
  ldflags: `-s -w -X github.com/Mirantis/cri-dockerd/cmd/version.Version=${CRI_DOCKERD_RELEASE}`,
};

/** Why CRI-O cannot be built here, or undefined. */
export async function crioProblem(): Promise<string | undefined> {
  const noGo = await goProblem();
  if (noGo !== undefined) return noGo;
  const compiler = await must('sh', ['-c', 'command -v gcc && pkg-config --exists libseccomp']).catch(() => undefined);
  return compiler === undefined ? 'needs gcc, pkg-config and libseccomp-dev' : undefined;
}

/** The directory with `crio` and `pinns`, built on first use: two minutes on two cores. */
export const crioPrograms = (): Promise<string> => buildGo(crioBuild);

/** The directory with `cri-dockerd`, built on first use: a minute and a half on two cores. */
export const criDockerdPrograms = (): Promise<string> => buildGo(criDockerdBuild);
