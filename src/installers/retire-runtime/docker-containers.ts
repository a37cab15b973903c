import { known, unknown } from '../../core/observed.ts';
import type { Docker } from '../../facts/docker.ts';
import type { Bystanders } from './retirement.ts';

/** Containers that run in Docker and that no pod owns. */
export const bystandersOf = ({ containers }: Docker): Bystanders =>
  containers === undefined
    ? unknown("Docker's own records could not be read")
    : known(containers.filter(({ kubernetes, running }) => kubernetes === null && running).map(({ name }) => name));
