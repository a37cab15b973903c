import type { FileChange } from '../../changes/change.ts';
import { type Crio, crioPolicies } from '../../facts/crio.ts';
import { hostFile } from '../../facts/files.ts';
import { type TomlTable, valueAt } from '../../toml/parse.ts';
import { fileChange } from '../file-change.ts';
import { labels } from './labels.ts';

/** As the packages of CRI-O ship them. */
const anyImage = '{ "default": [{ "type": "insecureAcceptAnything" }] }\n';
const unqualified = '# Written by nodeprep, because there was none.\nunqualified-search-registries = ["docker.io"]\n';
export const registriesPath = '/etc/containers/registries.conf.d/crio.conf';
const [, systemPolicy] = crioPolicies;

/** Without a policy no image can be pulled. Whatever there is stays as it is. */
export const planTrust = ({ policies, registries }: Crio, merged: TomlTable): readonly FileChange[] => {
  const named = valueAt(merged, ['crio', 'image', 'signature_policy']);
  const path = typeof named === 'string' && named !== '' ? named : systemPolicy;
  const policy = policies.find(file => file.path === path);
  return [
    ...(policy?.type === 'absent' ? [written(path, anyImage, labels.policy)] : []),
    ...(registries.length === 0 ? [written(registriesPath, unqualified, labels.registries)] : []),
  ];
};

const written = (path: string, text: string, label: string): FileChange =>
  fileChange(hostFile(path, undefined), { state: 'absent' }, text, {
    summary: label,
    because: 'CRI-O needs one to pull images, and there is none',
    phase: 'stage',
    disruption: 'none',
    settings: [label],
  });
