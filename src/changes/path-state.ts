import type { FileChange, PathState } from './change.ts';

/** `0644` → `644`, as `stat -c %a` prints it. */
export const plainMode = (mode: string): string => Number.parseInt(mode, 8).toString(8);

/** The state of a path as one word that the host program compares: it prints the same for what it finds. */
export const stateWord = (state: PathState): string => {
  switch (state.state) {
    case 'absent':
      return 'absent';
    case 'file':
      return `file:${state.sha256}:${plainMode(state.mode)}:${state.uid}:${state.gid}`;
    case 'directory':
      return `directory:${plainMode(state.mode)}:${state.uid}:${state.gid}`;
    case 'symlink':
      return `symlink:${state.target}`;
  }
};

export const afterState = (after: FileChange['after'], sha256Of: (text: string) => string): PathState =>
  after.state === 'file'
    ? { state: 'file', sha256: sha256Of(after.text), mode: after.mode, uid: after.uid, gid: after.gid }
    : after;
