import { editYaml } from '../yaml/edit.ts';
import { parseYaml, yamlValueAt } from '../yaml/parse.ts';

/** What a run writes there, and what saying nothing means to kubeadm (the driver: since 1.22). */
const fields = [
  { path: ['cgroupDriver'], unsaid: 'systemd' },
  { path: ['containerRuntimeEndpoint'], unsaid: '' },
] as const;

const reader = (text: string): ((path: readonly string[]) => string | undefined) => {
  const parsed = parseYaml(text);
  return path => {
    const value = parsed.ok ? yamlValueAt(parsed.document.value, path) : undefined;
    return typeof value === 'string' ? value : undefined;
  };
};

/**
 * The kubelet-config as it was before a run, in the text as it is now: exactly the old text where nobody else has changed it since,
 * else only driver and endpoint are put back and the rest stays. undefined: there is nothing to put back, or it cannot be done in place.
 */
export const restoredKubeletConfig = (current: string, old: string): string | undefined => {
  const [now, then] = [reader(current), reader(old)];
  const written = fields.flatMap(({ path }) => {
    const value = now(path);
    return value === undefined || value === then(path) ? [] : [{ path, value }];
  });
  if (written.length === 0) return undefined;
  const again = editYaml(old, written);
  if (again.ok && again.text === current) return old;
  const edits = fields.flatMap(({ path, unsaid }) => {
    const before = then(path) ?? unsaid;
    return [undefined, before].includes(now(path)) ? [] : [{ path, value: before }];
  });
  if (edits.length === 0) return undefined;
  const edited = editYaml(current, edits);
  return edited.ok ? edited.text : undefined;
};
