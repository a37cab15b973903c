import { expect, it } from 'vitest';
import { restoredKubeletConfig } from '../../src/plan/restore-kubelet-config.ts';
import { editYaml } from '../../src/yaml/edit.ts';

const old = 'apiVersion: kubelet.config.k8s.io/v1beta1\n# ours\ncgroupDriver: cgroupfs # since 2021\nmaxPods: 64\n';
const converted = old.replace('cgroupfs #', 'systemd #');
const silent = 'apiVersion: kubelet.config.k8s.io/v1beta1\nmaxPods: 64\n';

const onContainerd = `${old}containerRuntimeEndpoint: unix:///run/containerd/containerd.sock\n`;
const onCrio = `${old}containerRuntimeEndpoint: unix:///var/run/crio/crio.sock\n`;

/** As a run has written it. */
const edited = editYaml(silent, [{ path: ['cgroupDriver'], value: 'cgroupfs' }]);
const added = edited.ok ? edited.text : '';

it.each([
  ['nobody changed it since: the old text', converted, old, old],
  ['somebody changed it since: only the driver', `${converted}failSwapOn: false\n`, old, `${old}failSwapOn: false\n`],
  ['the driver was put back by hand', old, old, undefined],
  ['the driver was not said before: the old text again', added, silent, silent],
  ['it is not YAML any more', '{{', old, undefined],
  ['the endpoint moved alone: the old text', onCrio, onContainerd, onContainerd],
  [
    'and somebody changed it since: only the endpoint',
    `${onCrio}failSwapOn: false\n`,
    onContainerd,
    `${onContainerd}failSwapOn: false\n`,
  ],
])('%s', (_, current, before, restored) => expect(restoredKubeletConfig(current, before)).toBe(restored));
