import type { Container } from '../../facts/container.ts';
import type { Verdict } from '../check.ts';

/** A container shares its machine's kernel: what it cannot own is not its fault and nothing that we could change there. */
export const notOwned = (container: Container, what: string): Verdict | undefined =>
  container.kind === null
    ? undefined
    : { status: 'skip', reason: `this host is a container (${container.kind}); ${what} of the machine around it` };
