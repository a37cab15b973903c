import type { Migration } from './installer.ts';

/** A runtime may be retired, packages go for it, and an archive for another package. */
export const mergedMigration = ([first, ...others]: readonly Migration[]): Migration | undefined =>
  first && {
    ...first,
    from: [first, ...others].flatMap(({ from }) => from),
    effects: [first, ...others].flatMap(({ effects }) => effects),
  };
