import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootKernelNode, installGvisor, type KernelNode, layPodNetwork, requireKernelLab } from '../lab/index.ts';
import type { LabRegistry } from '../lab/registry.ts';
import { goProblem } from '../lab/tools.ts';
import { findingOf, hostOf } from '../nodes/support/cli.ts';
import { answerAs } from '../nodes/support/loopback-registry.ts';
import { type MatrixCell, proved } from '../nodes/support/matrix/cell.ts';
import { openRegistry } from '../nodes/support/matrix/pods.ts';
import { matrixRow, type Source } from '../nodes/support/matrix/rows.ts';
import { at, openWorkplace, type Workplace } from '../nodes/support/workplace.ts';

const isMatrix = process.env.NODEPREP_MATRIX === '1';
const noGo = await goProblem();
const timeoutMs = 900_000;
const scopes = [
  ['containerd 1.7', 'cri-containerd'],
  ['CRI-O 1.36', 'crio'],
  ['docker.io 26', 'docker'],
] as const;

// Ten times slower than the machine itself where there is no KVM: each runtime is walked once.
describe.runIf(isMatrix).each(scopes)('%s on cgroup v2, with a kernel of its own', async (name, prefix) => {
  const row = matrixRow(name);
  const { runtime, suite } = row;
  const problem = requireKernelLab() ?? (await row.problem?.());
  const scope = String.raw`^/system\.slice/${prefix}-[0-9a-f]{64}\.scope(/container)?`;
  let node: KernelNode;
  let place: Workplace;
  let source: Source;
  let registry: LabRegistry;

  beforeAll(async () => {
    if (problem !== undefined) return;
    place = await openWorkplace();
    node = await bootKernelNode({ suite, log: line => console.error(line) });
    source = await row.open(node);
    registry = await openRegistry(node, row);
    if (row.name === 'docker') await answerAs(node, ['registry.k8s.io'], registry);
  });
  afterAll(async () => {
    await source?.close();
    await registry?.close();
    await node?.remove();
    place?.remove();
  });

  /** Applied, a sandbox run in a scope as it is matched, and a second plan empty. Gives the cell with what was seen. */
  const prove = async (cell: MatrixCell, handlers: object, observed: RegExp): Promise<MatrixCell> => {
    const mirrors = row.name === 'containerd' ? { registryMirrors: { 'registry.k8s.io': [registry.url] } } : {};
    const wanted = {
      name: row.name,
      cgroupDriver: 'systemd',
      cni: { binDir: '/usr/lib/cni' },
      ...mirrors,
      ...source.runtime,
      ...handlers,
    };
    const host = at(node, { ssh: { port: node.port }, runtime: wanted, verify: { sandbox: 'required' } });
    const inventory = place.inventory(`kernel-${Object.keys(handlers).length}`, { host }, { waivers: [] });
    const applied = await place.json(['apply', inventory, '--yes'], { timeoutMs });
    const answer = hostOf(applied, 'host');
    expect(answer.error?.message).toBeUndefined();
    expect(answer.runtime).toMatchObject({ cgroupDriver: 'systemd', sandbox: 'ran' });
    expect(findingOf(answer, 'cgroup-controllers').status).toBe('pass');
    const proof = { status: 'pass', observed: expect.stringMatching(observed) };
    expect(findingOf(answer, 'sandbox-runs')).toMatchObject(proof);
    expect(applied.code).toBe(0);
    const again = await place.json(['plan', inventory, '--detailed-exitcode'], { timeoutMs });
    expect(hostOf(again, 'host').changes).toEqual([]);
    expect(again.code).toBe(0);
    return answer.runtime === undefined ? cell : proved(cell, answer.runtime);
  };

  it('runs a sandbox in a scope that systemd makes', { timeout: 2 * timeoutMs }, async ({ skip, task }) => {
    const cell = { runtime, source: row.source, suite, state: 'bare, own kernel' };
    task.meta.matrixCell = { ...cell, ...(problem === undefined ? {} : { skipped: problem }) };
    if (problem !== undefined) skip(problem);
    task.meta.matrixCell = await prove(cell, {}, new RegExp(`${scope}$`));
    expect(await node.sh('stat -fc %T /sys/fs/cgroup')).toBe('cgroup2fs');
  });

  // Container nodes cannot: its shim lowers its OOM score.
  it.runIf(row.name !== 'docker')('runs one in gVisor too', { timeout: 2 * timeoutMs }, async ({ skip, task }) => {
    const cell = { runtime: `${runtime} with runsc`, source: row.source, suite, state: 'prepared, own kernel' };
    const missing = problem ?? noGo;
    task.meta.matrixCell = { ...cell, ...(missing === undefined ? {} : { skipped: missing }) };
    if (missing !== undefined) skip(missing);
    await installGvisor(node);
    // It does not run in the network of the host, so it is proved where pods have one.
    await layPodNetwork(node);
    await node.sh('apt-get install -y -qq --no-install-recommends containernetworking-plugins >/dev/null');
    const observed = new RegExp(`${scope}; by the handlers runsc too$`);
    task.meta.matrixCell = await prove(cell, { handlers: ['runc', 'runsc'], defaultHandler: 'runc' }, observed);
  });
});
