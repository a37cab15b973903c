import { afterEach, describe, expect, it } from 'vitest';
import { criSocketOf } from '../../src/core/cri-endpoint.ts';
import { critestImages, critestProblem, critestRegistries, putCritest } from '../lab/critest.ts';
import { baseProblem, bootNode, type LabNode, requireLab } from '../lab/index.ts';
import { type LabRegistry, startRegistry } from '../lab/registry.ts';
import { hostOf } from './support/cli.ts';
import { leftOut } from './support/critest/left-out.ts';
import { runCritest } from './support/critest/run.ts';
import { answerAs } from './support/loopback-registry.ts';
import { preparePodsOf } from './support/matrix/pods.ts';
import { matrixRow, type Source } from './support/matrix/rows.ts';
import { at, openWorkplace, type Workplace } from './support/workplace.ts';

const rows = ['containerd 1.7', 'containerd 2.2', 'CRI-O 1.36', 'docker.io 26'].map(name => matrixRow(name));

/** Kubernetes' own tests of what speaks CRI, by images of the lab under the names that they ask for. */
describe.runIf(process.env.NODEPREP_MATRIX === '1').each(rows)('critest on a prepared node: $runtime', row => {
  let node: LabNode;
  let place: Workplace;
  let source: Source;
  let registry: LabRegistry;
  afterEach(async () => {
    await source?.close();
    await registry?.close();
    await node?.remove();
    place?.remove();
  });

  it('passes what needs no image from outside', { timeout: 1_200_000 }, async ({ skip, task }) => {
    const problem =
      requireLab() ?? (await baseProblem(row.suite)) ?? (await row.problem?.()) ?? (await critestProblem());
    if (problem !== undefined) skip(problem);
    place = await openWorkplace();
    // cri-dockerd forwards ports by socat.
    const packages = [...row.packages, 'busybox', ...(row.name === 'docker' ? ['socat'] : [])];
    node = await bootNode({ suite: row.suite, packages, cgroup: 'v1' });
    await preparePodsOf(node, row);
    await putCritest(node);
    source = await row.open(node);
    registry = await startRegistry({ images: await critestImages(node) });
    const runtime = { name: row.name, cni: { binDir: '/usr/lib/cni' }, ...source.runtime, ...mirrors() };
    if (row.name === 'docker') await answerAs(node, critestRegistries, registry);
    const inventory = place.inventory('host', { host: at(node, { runtime, verify: { sandbox: 'required' } }) });
    const host = hostOf(await place.json(['apply', inventory, '--yes']), 'host');
    expect(host.error?.message).toBeUndefined();

    const mine = leftOut.filter(({ runtime: only = row.name }) => only === row.name);
    const { code, output, ...seen } = await runCritest(node, criSocketOf(row.name), mine);
    const { runtime: name, source: from, suite } = row;
    task.meta.critest = { runtime: name, source: from, suite, version: host.runtime?.version ?? '', ...seen };
    expect(seen.failed, output.slice(-20_000)).toEqual([]);
    expect(Object.keys(seen.skipped)).not.toContain('');
    expect(seen.passed.length).toBeGreaterThanOrEqual(80);
    expect(code).toBe(0);
  });

  const mirrors = () =>
    row.name === 'docker'
      ? {}
      : { registryMirrors: Object.fromEntries(critestRegistries.map(name => [name, [registry.url]])) };
});
