import type { PackageListsChange } from '../changes/change.ts';
import type { PackageManager } from '../core/package-manager.ts';
import type { FileWish } from './file-change.ts';

/** Read anew, once the sources at `path` are as they shall be. */
export const packageListsChange = (
  manager: PackageManager,
  path: string,
  wish: Pick<FileWish, 'summary' | 'because' | 'phase' | 'disruption'>,
  repositories: readonly string[] = [],
): PackageListsChange => ({
  ...wish,
  kind: 'package-lists',
  manager,
  id: `package-lists:${path}`,
  target: path,
  reversible: true,
  path,
  ...(repositories.length === 0 ? {} : { repositories }),
});
