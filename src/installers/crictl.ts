import { endpointOf, isSameSocket } from '../core/cri-endpoint.ts';
import type { CrictlConfig } from '../facts/crictl-config.ts';
import { editYaml } from '../yaml/edit.ts';
import { disruptionOf } from './disruption.ts';
import { fileChange, ownHeader, pathStateOf } from './file-change.ts';
import { defineInstaller, type InstallerPlan } from './installer.ts';
import { nothing, planRefused, refused } from './known-facts.ts';

/** Where crictl is, it asks the runtime that the inventory names; of a host without crictl nothing is touched. */
export const crictl = defineInstaller({
  id: 'crictl',
  source: 'https://github.com/kubernetes-sigs/cri-tools/blob/master/docs/crictl.md',
  needs: ['crictlConfig', 'tools'],
  appliesTo: () => true,
  plan({ crictlConfig, tools }, { runtime }) {
    // A tool for people: that it is unknown bars nobody's node.
    if (!tools.known || !crictlConfig.known) return nothing;
    return (tools.value.crictl ?? null) === null ? nothing : planFile(crictlConfig.value, endpointOf(runtime.name));
  },
});

const planFile = (config: CrictlConfig, endpoint: string): InstallerPlan => {
  const { file, runtimeEndpoint, imageEndpoint, problem } = config;
  // crictl-config tells.
  if (problem !== undefined) return nothing;
  const isRight = (found: string | undefined): boolean => found !== undefined && isSameSocket(found, endpoint);
  if (isRight(runtimeEndpoint) && (imageEndpoint === undefined || isRight(imageEndpoint))) return nothing;
  const before = pathStateOf(file);
  if (before?.state !== 'file' && before?.state !== 'absent') {
    return refused(
      planRefused(
        `${file.path} is a ${file.type}, which nodeprep does not edit, and crictl does not ask ${endpoint}`,
        'Put a regular file in its place, or have what manages it name that endpoint.',
      ),
    );
  }
  const text = before.state === 'absent' ? newText(endpoint) : edited(config, endpoint);
  if (text === undefined) {
    return refused(
      planRefused(
        `${file.path}: the endpoint cannot be set in place in this file`,
        `Set runtime-endpoint: ${endpoint} by hand, then plan again.`,
      ),
    );
  }
  const change = fileChange(file, before, text, {
    summary: `crictl asks ${endpoint}`,
    because: runtimeEndpoint === undefined ? 'it would try one socket after the other' : `it asks ${runtimeEndpoint}`,
    phase: 'stage',
    disruption: disruptionOf('crictl'),
  });
  return { ...nothing, changes: [change], originals: { [file.path]: file.text ?? '' } };
};

const newText = (endpoint: string): string =>
  `${ownHeader}runtime-endpoint: ${endpoint}\nimage-endpoint: ${endpoint}\n`;

/** An endpoint of images that is not said follows the other one. */
const edited = ({ file, imageEndpoint }: CrictlConfig, endpoint: string): string | undefined => {
  const result = editYaml(file.text ?? '', [
    { path: ['runtime-endpoint'], value: endpoint },
    ...(imageEndpoint === undefined ? [] : [{ path: ['image-endpoint'], value: endpoint }]),
  ]);
  return result.ok ? result.text : undefined;
};
