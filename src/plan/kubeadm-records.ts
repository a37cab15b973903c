import type { ClusterFacts } from '../cluster/cluster-facts.ts';
import type { DesiredNode } from '../core/desired.ts';
import { isAtLeast } from '../core/versions.ts';
import type { ClusterWide } from '../installers/installer.ts';
import { parseYaml, type YamlMap, type YamlValue, yamlValueAt } from '../yaml/parse.ts';

export type CgroupDriver = 'systemd' | 'cgroupfs';

/** The kubelet-config of the cluster; undefined: it has none, may not be read, or cannot be. */
export const kubeletConfigOf = ({ kubeletConfig }: ClusterFacts): YamlMap | undefined =>
  kubeletConfig.known && kubeletConfig.value !== undefined ? readMap(kubeletConfig.value.text) : undefined;

const readMap = (text: string): YamlMap | undefined => {
  const parsed = parseYaml(text);
  return parsed.ok ? parsed.document.value : undefined;
};

/** kubeadm fills in systemd where nothing is said (since 1.22). */
export const driverOfConfig = (config: YamlMap): CgroupDriver =>
  yamlValueAt(config, ['cgroupDriver']) === 'cgroupfs' ? 'cgroupfs' : 'systemd';

/** The one value that all have, where they have one. */
export const agreedBy = <T>(values: readonly T[]): T | undefined => {
  const [first] = values;
  return values.every(value => value === first) ? first : undefined;
};

/** What every host's plan must know of the cluster: its driver as it will be, and where kubeadm keeps the endpoint. */
export const clusterWideOf = (facts: ClusterFacts, desired: readonly DesiredNode[]): ClusterWide => {
  const config = kubeletConfigOf(facts);
  const nodeLocalCriSocket = keepsSocketOnNodes(facts);
  return {
    ...(config === undefined
      ? {}
      : { cgroupDriver: agreedBy(desired.map(({ runtime }) => runtime.cgroupDriver)) ?? driverOfConfig(config) }),
    ...(nodeLocalCriSocket === undefined ? {} : { nodeLocalCriSocket }),
  };
};

/** Gate NodeLocalCRISocket: alpha 1.32, on by default 1.34, GA 1.36. undefined: no kubeadm-config that can be read. */
export const keepsSocketOnNodes = ({ kubeadmConfig }: ClusterFacts): boolean | undefined => {
  const config =
    kubeadmConfig.known && kubeadmConfig.value !== undefined ? readMap(kubeadmConfig.value.text) : undefined;
  const version = yamlValueAt(config, ['kubernetesVersion']);
  if (config === undefined || typeof version !== 'string' || !/\d/.test(version)) return undefined;
  if (isAtLeast(version, '1.36')) return true;
  const gate = gateOf(config);
  return typeof gate === 'boolean' ? gate : isAtLeast(version, '1.34');
};

const gateOf = (config: YamlMap): YamlValue | undefined => yamlValueAt(config, ['featureGates', 'NodeLocalCRISocket']);
