import { expect, test } from 'vitest';
import { nodesBroughtBack } from '../../../src/checks/cluster/nodes-brought-back.ts';
import type { ClusterFacts } from '../../../src/cluster/cluster-facts.ts';
import { cordonAnnotation } from '../../../src/cluster/cordon-mark.ts';
import type { Node } from '../../../src/cluster/objects.ts';
import { known } from '../../../src/core/observed.ts';

const node = (name: string, mark?: string): Node => ({
  metadata: { name, uid: `uid-${name}`, ...(mark === undefined ? {} : { annotations: { [cordonAnnotation]: mark } }) },
  spec: {},
  status: {},
});
const judge = (nodes: readonly Node[]) =>
  nodesBroughtBack.evaluate({
    ...{ uid: 'u', serverVersion: '1.34.3', clientVersion: '1.34.3', nodes },
    ...{ pods: [], budgets: [], workloads: [], claims: [], volumes: [] },
    kubeletConfig: known(undefined),
    kubeadmConfig: known(undefined),
  } satisfies ClusterFacts);

test('no mark: fine', () => expect(judge([node('w1')])).toMatchObject({ status: 'pass' }));

test('a mark is told with its run, and what cannot be read as it is', () => {
  const mark = JSON.stringify({ run: 'r-1', holder: 'ops@ci', reason: 'x', at: '2026-11-21T01:00:00Z' });
  expect(judge([node('w1', mark), node('w2', 'by hand'), node('w3')])).toMatchObject({
    status: 'fail',
    message: 'w1, w2 are cordoned by a run of nodeprep that did not bring them back',
    observed: 'w1: run r-1 by ops@ci, 2026-11-21T01:00:00Z; w2: by hand',
  });
});
