import { kataConfigPaths, type OciRuntimes, runscConfigPath } from '../src/facts/oci-runtimes.ts';
import { aFile } from './host-file.ts';

/** A host with these programs, by path, and no files of handlers. */
export const someOciRuntimes = (paths: readonly string[] = [], overrides: Partial<OciRuntimes> = {}): OciRuntimes => ({
  programs: Object.fromEntries(
    paths.map(path => [nameOf(path), paths.filter(other => nameOf(other) === nameOf(path))]),
  ),
  kvm: false,
  runscConfig: aFile(runscConfigPath, undefined),
  kataConfigs: kataConfigPaths.map(path => aFile(path, undefined)),
  ...overrides,
});

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
