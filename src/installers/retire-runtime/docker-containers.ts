import { known, unknown } from '../../core/observed.ts';
import type { Docker, DockerContainer } from '../../facts/docker.ts';
import type { Bystanders } from './retirement.ts';

/** Containers that run in Docker and that no pod owns. */
export const bystandersOf = (docker: Docker): Bystanders => namesOf(docker, ({ running }) => running);

/** The same, with those that have ended. */
export const containersIn = (docker: Docker): Bystanders => namesOf(docker, () => true);

const namesOf = ({ containers }: Docker, counts: (container: DockerContainer) => boolean): Bystanders =>
  containers === undefined
    ? unknown("Docker's own records could not be read")
    : known(containers.filter(container => container.kubernetes === null && counts(container)).map(({ name }) => name));
