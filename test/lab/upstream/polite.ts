import { quote } from '../../../src/core/shell.ts';
import { runcFor } from '../pods.ts';
import type { UpstreamPackage } from './packages.ts';

/** The package with OCI runtimes that run in container nodes, as `wrapRuntime` makes them: rpm has no diversions. */
export const politely = (made: UpstreamPackage, ...paths: readonly string[]): UpstreamPackage => ({
  ...made,
  build: [
    made.build,
    ...paths.map(
      path => `mv .${path} .${path}.real
printf %s ${quote(runcFor(`${path}.real`))} >.${path}
chmod 755 .${path}`,
    ),
  ].join('\n'),
});
