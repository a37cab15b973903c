import type { DesiredRuntime } from '../../core/desired.ts';
import { withoutEndingSlashes } from '../../core/ending-slashes.ts';
import { criDockerUnit, type Docker } from '../../facts/docker.ts';
import type { DockerFlag } from '../../facts/docker-flags.ts';
import {
  criDockerdSource,
  defaultNetworkPlugin,
  lastFlag,
  criDockerdFlags as nextFlags,
} from '../../facts/docker-in-force.ts';
import { unitCommand } from '../../facts/unit-command.ts';
import { defineCheck } from '../check.ts';
import { noDocker } from '../support/one-runtime.ts';

/** Where networks write theirs, and cri-dockerd's default. */
const confDirectory = '/etc/cni/net.d';

export const criDockerdFlags = defineCheck({
  id: 'cri-dockerd-flags',
  title: 'cri-dockerd is started with the planned sandbox image and with CNI',
  severity: 'warning',
  source: 'https://github.com/Mirantis/cri-dockerd/blob/master/config/options.go',
  needs: ['docker'],
  fixable: true,
  evaluate({ docker }, desired) {
    const absent = noDocker(docker, desired);
    if (absent !== undefined) return absent;
    if (docker.criDockerd === '') return { status: 'skip', reason: 'needs cri-dockerd, which is not installed' };
    if (!startsPlainly(docker))
      return { status: 'unknown', reason: `${criDockerUnit} does not plainly start cri-dockerd` };
    const misfits = misfitsOf(nextFlags(docker), desired.runtime);
    const [first] = misfits;
    if (first === undefined)
      return { status: 'pass', observed: `sandbox image and CNI as planned in ${criDockerUnit}` };
    const kept = misfits.filter(({ mended }) => !mended).map(({ flag }) => `--${flag.name}`);
    return {
      status: 'fail',
      message: misfits.map(({ message }) => message).join('; '),
      observed: misfits.map(({ flag }) => `--${flag.name}=${flag.value} in ${flag.place}`).join(', '),
      expected: misfits.map(({ flag, expected }) => `--${flag.name}=${expected}`).join(', '),
      remedy:
        kept.length === 0
          ? 'nodeprep apply (a drop-in of its own; restarts cri-dockerd, containers keep running)'
          : `remove ${kept.join(', ')} there, then systemctl daemon-reload and restart ${criDockerUnit}; or have your network write its configuration there`,
      fixedByApply: kept.length === 0,
    };
  },
});

const startsPlainly = (docker: Docker): boolean =>
  /cri-dockerd$/.test(unitCommand(criDockerdSource(docker))?.[0]?.text ?? '');

interface Misfit {
  readonly flag: DockerFlag;
  readonly expected: string;
  readonly message: string;
  /** nodeprep's own drop-in says otherwise and wins, or is refused. */
  readonly mended: boolean;
}

/** Of flags that somebody has said; without them it has what is expected. */
const misfitsOf = (flags: readonly DockerFlag[], { sandboxImage }: DesiredRuntime): readonly Misfit[] => {
  const [image, plugin, conf] = ['pod-infra-container-image', 'network-plugin', 'cni-conf-dir'].map(name =>
    lastFlag(flags, name),
  );
  return [
    ...(plugin === undefined || plugin.value === defaultNetworkPlugin
      ? []
      : [{ flag: plugin, expected: defaultNetworkPlugin, message: pluginMessage(plugin.value), mended: true }]),
    ...(image === undefined || image.value === sandboxImage
      ? []
      : [
          {
            flag: image,
            expected: sandboxImage,
            message: `cri-dockerd is started with the sandbox image ${image.value}, the plan is ${sandboxImage}`,
            mended: true,
          },
        ]),
    ...(conf === undefined || withoutEndingSlashes(conf.value) === confDirectory
      ? []
      : [
          {
            flag: conf,
            expected: confDirectory,
            message: `cri-dockerd looks for CNI configuration in ${conf.value}, and networks write theirs to ${confDirectory}`,
            mended: false,
          },
        ]),
  ];
};

const pluginMessage = (plugin: string): string =>
  ['', 'no-op'].includes(plugin)
    ? 'cri-dockerd is started with no CNI: pods get the network of Docker, not that of the cluster'
    : `cri-dockerd is started with the network plugin ${plugin}, not with CNI`;
