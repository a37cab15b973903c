import { editYaml } from '../yaml/edit.ts';
import { parseYaml, yamlValueAt } from '../yaml/parse.ts';

const driver = ['cgroupDriver'] as const;

const driverOf = (text: string): string | undefined => {
  const parsed = parseYaml(text);
  const value = parsed.ok ? yamlValueAt(parsed.document.value, driver) : undefined;
  return typeof value === 'string' ? value : undefined;
};

/**
 * The kubelet-config as it was before a run, in the text as it is now: exactly the old text where nobody else has changed it since,
 * else only the driver is put back and the rest stays. undefined: there is nothing to put back, or it cannot be done in place.
 */
export const restoredKubeletConfig = (current: string, old: string): string | undefined => {
  const now = driverOf(current);
  if (now === undefined || current === old) return undefined;
  const again = editYaml(old, [{ path: driver, value: now }]);
  if (again.ok && again.text === current) return old;
  // What is not said is systemd to kubeadm (since 1.22).
  const before = driverOf(old) ?? 'systemd';
  if (before === now) return undefined;
  const edited = editYaml(current, [{ path: driver, value: before }]);
  return edited.ok ? edited.text : undefined;
};
