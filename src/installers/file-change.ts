import type { FileChange, PathState } from '../changes/change.ts';
import type { Disruption, Phase } from '../core/result.ts';
import type { HostFile } from '../facts/fact.ts';

/** First line of every file that nodeprep owns. */
export const ownHeader = '# Written by nodeprep; the next `nodeprep apply` overwrites changes made here.\n';

/** First line of a file that nodeprep made and shares: edits of others stay. */
export const sharedHeader =
  '# Written by nodeprep. It changes only the settings that it is asked for; whatever else is added here stays.\n';

export interface FileWish {
  readonly summary: string;
  readonly because: string;
  readonly phase: Phase;
  readonly disruption: Disruption;
  readonly settings?: readonly string[];
  readonly validate?: readonly string[];
  readonly needsNoSandboxes?: boolean;
}

/** What the host must still hold when the change is made; undefined for what nodeprep does not replace. */
export const pathStateOf = (file: HostFile): PathState | undefined => {
  const { type, mode, uid, gid, sha256, linkTarget } = file;
  if (type === 'absent') return { state: 'absent' };
  if (type === 'file' && sha256 !== undefined) return { state: 'file', sha256, mode, uid, gid };
  if (type === 'symlink' && linkTarget !== undefined) return { state: 'symlink', target: linkTarget };
  return undefined;
};

/** Whole new content; owner and mode as they were, root's and 0644 where nothing was. */
export const fileChange = (file: HostFile, before: PathState, text: string, wish: FileWish): FileChange => {
  const { mode, uid, gid } = before.state === 'file' ? before : { mode: '0644', uid: 0, gid: 0 };
  return { ...changeOf(file.path, wish), before, after: { state: 'file', text, mode, uid, gid } };
};

/** A link to /dev/null: for systemd and its generators, nothing of this name exists. */
export const maskChange = (file: HostFile, before: PathState, wish: FileWish): FileChange => ({
  ...changeOf(file.path, wish),
  before,
  after: { state: 'symlink', target: '/dev/null' },
});

const changeOf = (path: string, wish: FileWish) => ({
  kind: 'file' as const,
  id: `file:${path}`,
  target: path,
  path,
  reversible: true,
  ...wish,
});

export const isOwnFile = ({ text }: Pick<HostFile, 'text'>): boolean => text?.startsWith(ownHeader) === true;

/** undefined: it says that already, or somebody else's stands there, which stays. */
export const ownFileChange = (file: HostFile, text: string, wish: FileWish): FileChange | undefined => {
  const before = pathStateOf(file);
  const isFree = file.type === 'absent' || (file.type === 'file' && isOwnFile(file));
  return before === undefined || file.text === text || !isFree ? undefined : fileChange(file, before, text, wish);
};
