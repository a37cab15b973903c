import type { RuntimeAnswer } from '../../../../src/core/result.ts';

/** What a test has seen of one cell of the matrix; `npm run test:matrix` makes docs/matrix.md of them. */
export interface MatrixCell {
  /** With its release line: `containerd 1.7`. */
  readonly runtime: string;
  readonly source: string;
  readonly suite: string;
  /** `bare`, or `foreign config`: the runtime is there already, with a configuration of somebody's own. */
  readonly state: string;
  /** As CRI tells it. */
  readonly version?: string;
  readonly driver?: string;
  readonly sandbox?: string;
  /** Instead of a proof: why the plan refuses it. */
  readonly refused?: string;
  /** Why it did not run. */
  readonly skipped?: string;
}

declare module 'vitest' {
  interface TaskMeta {
    matrixCell?: MatrixCell;
  }
}

export const proved = (cell: MatrixCell, { version, cgroupDriver, sandbox }: RuntimeAnswer): MatrixCell => ({
  ...cell,
  version,
  driver: cgroupDriver,
  sandbox,
});
