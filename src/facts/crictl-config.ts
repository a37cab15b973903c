import { jsYaml } from '../core/lazy-yaml.ts';
import { known } from '../core/observed.ts';
import type { Fact, HostFile } from './fact.ts';
import { decodeFiles, hostFile } from './files.ts';
import { needsRoot } from './read.ts';

/** Whom crictl asks by itself. */
export interface CrictlConfig {
  readonly file: HostFile;
  /** undefined: the file does not say, or is not there; crictl then tries the sockets that it knows. */
  readonly runtimeEndpoint: string | undefined;
  readonly imageEndpoint: string | undefined;
  /** Why the file cannot be understood; crictl does not either. */
  readonly problem: string | undefined;
}

export const crictlConfigPath = '/etc/crictl.yaml';

export const crictlConfig: Fact<CrictlConfig> = {
  items: { file: { kind: 'files', paths: [crictlConfigPath], stat: true } },
  parse(answers, context) {
    const read = decodeFiles(answers.file).get(crictlConfigPath);
    if (read?.state === 'unreadable' || read?.state === 'hidden') throw needsRoot(crictlConfigPath, context);
    const file = hostFile(crictlConfigPath, read);
    const value = file.text === undefined ? {} : parseMapping(file.text);
    return known({
      file,
      runtimeEndpoint: textAt(value, 'runtime-endpoint'),
      imageEndpoint: textAt(value, 'image-endpoint'),
      problem: value === undefined ? 'it is not a mapping in YAML' : undefined,
    });
  },
};

const parseMapping = (text: string): object | undefined => {
  try {
    const value: unknown = jsYaml().load(text) ?? {};
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
};

const textAt = (value: object | undefined, key: string): string | undefined => {
  const found: unknown = Object.getOwnPropertyDescriptor(value ?? {}, key)?.value;
  return typeof found === 'string' && found !== '' ? found : undefined;
};
