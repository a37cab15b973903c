import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** unit: bare machine, no root. nodes: container nodes. cluster: Kubernetes on them. kernel: QEMU nodes. Lab tiers share a bridge and two cores: three files of container nodes at a time (`--maxWorkers`), of the others one. */
const tier = (name: string, include: string[], timeoutMs: number) => ({
  test: { name, include, testTimeout: timeoutMs, hookTimeout: timeoutMs },
});

export default defineConfig({
  test: {
    // Most of the time host programs sleep, or wait for each other.
    maxWorkers: 2 * availableParallelism(),
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/nodes/**', 'test/clusters/**', 'test/kernel/**'],
          testTimeout: 60_000,
        },
      },
      { test: tier('nodes', ['test/nodes/**/*.test.ts'], 600_000).test },
      { test: { ...tier('cluster', ['test/clusters/**/*.test.ts'], 1_200_000).test, fileParallelism: false } },
      { test: { ...tier('kernel', ['test/kernel/**/*.test.ts'], 1_200_000).test, fileParallelism: false } },
    ],
  },
});
