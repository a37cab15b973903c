import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { criSocketOf } from '../../src/core/cri-endpoint.ts';
import { critestImages, putCritest } from '../lab/critest.ts';
import { baseProblem, bootNode, type LabNode, putCrictl, requireLab } from '../lab/index.ts';
import type { LabRegistry } from '../lab/registry.ts';
import { goProblem } from '../lab/tools.ts';
import { hostOf } from './support/cli.ts';
import { loadImages, openRegistry, preparePodsOf } from './support/matrix/pods.ts';
import { matrixRow, type Source } from './support/matrix/rows.ts';
import { at, openWorkplace, type Workplace } from './support/workplace.ts';

/** What needs images of the internet. */
const otherImages = ['Image Manager', 'Image Consistency', 'Image Identifier', 'Multiple Containers'];

/** It asks for RuntimeConfig, which containerd has since 2.0. */
const subjects = ['containerd 2.2', 'CRI-O', 'docker.io 26'];

describe.runIf(process.env.NODEPREP_MATRIX === '1').each(subjects)('critest on a prepared node: %s', async name => {
  const row = matrixRow(name);
  const reason = requireLab() ?? (await baseProblem(row.suite)) ?? (await row.problem?.()) ?? (await goProblem());
  let node: LabNode;
  let place: Workplace;
  let source: Source;
  let registry: LabRegistry;

  beforeAll(async () => {
    if (reason !== undefined) return;
    place = await openWorkplace();
    node = await bootNode({ suite: row.suite, packages: [...row.packages, 'busybox-static'], cgroup: 'v1' });
    await preparePodsOf(node, row);
    await putCrictl(node, '/root/crictl');
    await putCritest(node);
    source = await row.open(node);
    const images = await critestImages(node);
    registry = await openRegistry(node, row, images);
    const runtime = { name: row.name, cni: { binDir: '/usr/lib/cni' }, ...source.runtime };
    const inventory = place.inventory('host', { host: at(node, { runtime, verify: { sandbox: 'off' } }) });
    const answer = await place.json(['apply', inventory, '--yes']);
    expect(hostOf(answer, 'host').error).toBeUndefined();
    await loadImages(node, row, images);
  });
  afterAll(async () => {
    await source?.close();
    await registry?.close();
    await node?.remove();
    place?.remove();
  });

  it.skipIf(reason)('passes what needs no image of the internet', async () => {
    const socket = `unix://${criSocketOf(row.name)}`;
    const skip = otherImages.join('|');
    const ran = await node.exec(
      `cd /root && ./critest --runtime-endpoint ${socket} --ginkgo.skip '${skip}' --ginkgo.no-color --ginkgo.json-report /root/critest.json`,
      { timeoutMs: 900_000 },
    );
    const [{ SpecReports: specs }] = JSON.parse(await node.sh('cat /root/critest.json')) as readonly [GinkgoReport];
    const named = (state: string) =>
      specs
        .filter(spec => spec.State === state && spec.LeafNodeType === 'It')
        .map(spec => [...spec.ContainerHierarchyTexts, spec.LeafNodeText].join(' '));
    console.info(`${name}: ${named('passed').length} passed, ${named('skipped').length} skipped`);
    expect(named('failed'), ran.stdout.slice(-20_000)).toEqual([]);
    expect(named('passed').length).toBeGreaterThan(60);
    expect(ran.code).toBe(0);
  });
});

interface GinkgoReport {
  readonly SpecReports: readonly {
    readonly State: string;
    readonly LeafNodeType: string;
    readonly LeafNodeText: string;
    readonly ContainerHierarchyTexts: readonly string[];
  }[];
}
