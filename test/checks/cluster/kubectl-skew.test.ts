import { describe, expect, it } from 'vitest';
import { kubectlSkew } from '../../../src/checks/cluster/kubectl-skew.ts';
import { judgeCluster } from '../../../src/checks/judge.ts';
import { clusterFacts } from '../../cluster/cluster-facts.ts';

const judge = (clientVersion: string, serverVersion: string) =>
  judgeCluster([kubectlSkew], clusterFacts({ clientVersion, serverVersion }));

describe('kubectl-skew', () => {
  it.each([
    ['1.34.3', '1.34.0'],
    ['1.33.9', '1.34.0'],
    ['1.35.0', '1.34.7'],
  ])('lets kubectl %s pass with %s', (client, server) => {
    expect(judge(client, server)).toMatchObject([
      { status: 'pass', observed: `kubectl ${client}, API server ${server}` },
    ]);
  });

  it.each([
    ['1.32.4', '1.34.0'],
    ['1.36.0', '1.34.0'],
    ['2.34.0', '1.34.0'],
  ])('warns of kubectl %s with %s, naming both', (client, server) => {
    expect(judge(client, server)).toMatchObject([
      {
        status: 'fail',
        severity: 'warning',
        message: expect.stringContaining(
          `kubectl ${client} is more than one minor version away from the API server (${server})`,
        ),
        expected: expect.stringContaining('kubectl 1.34,'),
        remedy: expect.stringContaining('install kubectl 1.34:'),
      },
    ]);
  });
});
