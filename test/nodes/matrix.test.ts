import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { criSocketOf } from '../../src/core/cri-endpoint.ts';
import { baseProblem, type LabNode, putCrictl, requireLab } from '../lab/index.ts';
import type { LabRegistry } from '../lab/registry.ts';
import { findingOf, hostOf } from './support/cli.ts';
import { lostLines } from './support/containerd-files.ts';
import { dockerLeftovers } from './support/docker-leftovers.ts';
import { hostState, stateChanges } from './support/host-state.ts';
import { proved } from './support/matrix/cell.ts';
import { layForeign } from './support/matrix/foreign-config.ts';
import { imageFile, loadImages, openRegistry, preparePodsOf } from './support/matrix/pods.ts';
import { bootRow, type MatrixRow, matrixRows, releaseOf, runsPods, type Source } from './support/matrix/rows.ts';
import { at, openWorkplace, type Workplace } from './support/workplace.ts';

const isMatrix = process.env.NODEPREP_MATRIX === '1';
const lab = requireLab();
const crictlPath = '/root/crictl';

const cells = matrixRows.flatMap(row =>
  (['bare', 'foreign config'] as const).map(state => {
    const title = `${row.runtime}, ${row.source}, on ${releaseOf(row)}, ${state}`;
    return [title, row, state] as const;
  }),
);

/** What the runtime says of itself to somebody else. */
const secondOpinion = async (node: LabNode, { name }: MatrixRow) => {
  const crictl = `${crictlPath} --runtime-endpoint unix://${criSocketOf(name)}`;
  const version = /^RuntimeVersion:\s+(\S+)$/m.exec(await node.sh(`${crictl} version`))?.[1];
  const asked = await node.exec(`${crictl} runtime-config`);
  // containerd 1.x has no such call; what it runs with is in its status.
  const driver =
    asked.code === 0
      ? /^cgroup driver:\s+(\w+)$/im.exec(asked.stdout)?.[1]?.toLowerCase()
      : /"SystemdCgroup": *true/i.test(await node.sh(`${crictl} info`))
        ? 'systemd'
        : 'cgroupfs';
  return { version, driver };
};

describe.runIf(isMatrix).each(cells)('%s', (_, row, state) => {
  let node: LabNode;
  let place: Workplace;
  let registry: LabRegistry;
  let source: Source;
  const cell = { runtime: row.runtime, source: row.source, suite: releaseOf(row), state };
  const sandbox = runsPods(row) ? 'ran' : 'off';
  const fromFile = sandbox === 'ran' && state === 'bare' && !row.pullsOnBare;

  beforeEach(async ({ skip, task }) => {
    const problem = lab ?? (await baseProblem(row.suite)) ?? (await row.problem?.());
    task.meta.matrixCell = { ...cell, ...(problem === undefined ? {} : { skipped: problem }) };
    if (problem !== undefined) skip(problem);
    place = await openWorkplace();
    node = await bootRow(row);
    await preparePodsOf(node, row);
    registry = await openRegistry(node, row);
    await putCrictl(node, crictlPath);
    source = await row.open(node);
    if (state === 'bare') return;
    await source.byHand();
    await layForeign(node, row.foreign);
    // CRI-O pulls it.
    if (sandbox === 'ran' && row.name !== 'cri-o') await loadImages(node, row);
  });
  afterEach(async () => {
    await source?.close();
    await registry?.close();
    await node?.remove();
    place?.remove();
  });

  const inventory = (): string =>
    place.inventory('host', {
      host: at(node, {
        runtime: {
          name: row.name,
          cgroupDriver: 'systemd',
          ...(row.name === 'containerd' ? { registryMirrors: { 'registry.k8s.io': [registry.url] } } : {}),
          ...source.runtime,
          ...(fromFile ? { archives: { ...source.runtime.archives, sandboxImage: imageFile(place) } } : {}),
        },
        verify: { sandbox: sandbox === 'ran' ? 'required' : 'off' },
      }),
    });
  const trees = (): Promise<string> =>
    node.sh(`${row.rpm !== undefined ? "find /usr/bin /usr/sbin /usr/libexec /usr/lib/systemd -printf '%p %y %m\\n' | sort" : ':'}
      find /usr/local /opt/cni -printf '%p %y %m %U %G %l\\n' 2>/dev/null | sort
      find /usr/local /opt/cni -type f -exec sha256sum {} + 2>/dev/null | sort -k 2`);

  it('is prepared, proved by CRI, needs nothing more, and goes back exactly', async ({ task }) => {
    const before = { state: await hostState(node), trees: await trees() };
    const first = await place.json(['apply', inventory(), '--yes']);
    const host = hostOf(first, 'host');
    const { error, outcome, runtime } = host;
    expect(error?.message).toBeUndefined();
    expect({ code: first.code, outcome }).toEqual({ code: 0, outcome: 'changed' });
    expect(runtime).toMatchObject({ version: expect.stringMatching(row.version), cgroupDriver: 'systemd', sandbox });
    if (runtime === undefined) return;
    expect(findingOf(host, 'single-cri-endpoint').status).toBe('pass');
    expect(await secondOpinion(node, row)).toEqual({ version: runtime.version, driver: runtime.cgroupDriver });
    if (state === 'foreign config') {
      for (const [path, text] of Object.entries(row.foreign.files)) {
        const lost = lostLines(text.trimEnd(), await node.sh(`cat ${path}`));
        expect(
          lost.filter(line => !row.foreign.changed.includes(line)),
          path,
        ).toEqual([]);
      }
    }

    const again = await place.json(['plan', inventory(), '--detailed-exitcode']);
    const left = hostOf(again, 'host');
    expect([left.error?.message, ...left.changes.map(({ summary }) => summary)]).toEqual([undefined]);
    expect(again.code).toBe(0);

    const back = await place.json(['rollback', inventory(), '--yes']);
    expect(hostOf(back, 'host').error?.message).toBeUndefined();
    expect(back.code).toBe(0);
    // On cgroup v1 in a container systemd is not told that the scope of a conmon is empty.
    if (row.name === 'cri-o') await node.sh("systemctl stop 'crio-conmon-*.scope'");
    const lost = stateChanges(before.state, await hostState(node));
    const isDocker = row.name === 'docker' || row.name === 'mirantis';
    expect(lost.filter(change => !(isDocker && dockerLeftovers.test(change)))).toEqual([]);
    expect(await trees()).toBe(before.trees);
    task.meta.matrixCell = proved(cell, runtime);
  });
});
