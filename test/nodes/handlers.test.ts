import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { baseProblem, importPause, installGvisor, type LabNode, prepareCrun, requireLab } from '../lab/index.ts';
import { goProblem } from '../lab/tools.ts';
import { findingOf, hostOf } from './support/cli.ts';
import { type HostState, hostState, stateChanges } from './support/host-state.ts';
import { preparePodsOf } from './support/matrix/pods.ts';
import { bootRow, matrixRow, releaseOf, type Source } from './support/matrix/rows.ts';
import { at, openWorkplace, type Workplace } from './support/workplace.ts';

const pause = 'registry.k8s.io/pause:3.10.1';
const isMatrix = process.env.NODEPREP_MATRIX === '1';
const noGo = await goProblem();
// Not sid's 2.x: sandboxes need cgroup v1 in a container, and its systemd takes v2 only.
const names = isMatrix ? ['containerd 1.6', 'containerd 1.7', 'containerd 2.2'] : ['containerd 1.7'];
const rows = [
  ...names.map(name => matrixRow(name)),
  ...(isMatrix ? (['dnf', 'zypper'] as const).map(rpm => matrixRow('containerd.io', rpm)) : []),
].map(row => [row.runtime, releaseOf(row), row] as const);

describe.each(rows)('OCI handlers of %s on %s', async (_runtime, _release, row) => {
  const reason = requireLab() ?? (await baseProblem(row.suite)) ?? (await row.problem?.());
  describe.skipIf(reason)(reason ?? 'the lab', () => {
    let node: LabNode;
    let place: Workplace;
    let source: Source;
    let bare: HostState;
    const inventory = (runtime: object): string =>
      place.inventory(`host-${JSON.stringify(runtime).replaceAll(/[^a-z]+/gi, '-')}`, {
        host: at(node, { runtime: { ...source.runtime, ...runtime }, verify: { sandbox: 'required' } }),
      });
    const run = (command: string, runtime: object, ...rest: string[]) =>
      place.json([command, inventory(runtime), ...(command === 'plan' ? ['--detailed-exitcode'] : ['--yes']), ...rest]);

    beforeAll(async () => {
      place = await openWorkplace();
      const own = row.source === 'distribution' ? ['containerd'] : [];
      node = await bootRow({ ...row, packages: [...own, ...row.packages] });
      await preparePodsOf(node, row);
      source = await row.open(node);
      if (own.length === 0) await source.byHand();
      if (row.rpm === undefined) await prepareCrun(node);
      await importPause(node, [pause]);
      bare = await hostState(node);
    });
    afterAll(async () => {
      await source?.close();
      await node?.remove();
      place?.remove();
    });

    it('come with their package, are in force and run a sandbox each; a second plan is empty', async () => {
      const wanted = { handlers: ['runc', 'crun'], defaultHandler: 'crun' };
      const manifests = join(place.directory, 'manifests');
      const planned = await run('plan', wanted, '--manifests', manifests);
      const settings = hostOf(planned, 'host').changes.map(({ summary }) => summary);
      // Of a source that is not there yet nobody knows the versions.
      const version = row.source === 'distribution' ? /^crun \d/ : /^crun: crun, version resolved at apply$/;
      expect(settings).toEqual(
        expect.arrayContaining([expect.stringMatching(version), expect.stringMatching(/: handler crun$/)]),
      );
      expect(readFileSync(join(manifests, 'runtimeclasses.yaml'), 'utf8')).toContain('handler: crun');
      const applied = await run('apply', wanted);
      expect(hostOf(applied, 'host').error).toBeUndefined();
      expect(findingOf(hostOf(applied, 'host'), 'runtime-handlers')).toMatchObject({
        status: 'pass',
        observed: 'runc, crun, default crun (CRI Status)',
      });
      expect(findingOf(hostOf(applied, 'host'), 'sandbox-runs').observed).toMatch(
        /^\/system\.slice\/cri-containerd-[0-9a-f]{64}\.scope; by the handlers runc too$/,
      );
      expect((await run('plan', wanted)).code).toBe(0);
    });

    it('are refused where they are nowhere to be had', async () => {
      const answer = await run('plan', { handlers: ['runc', 'kata'] });
      expect(answer.code).toBe(5);
      expect(hostOf(answer, 'host').error?.message).toMatch(/has no containerd-shim-kata-v2, which no package/);
      expect(findingOf(hostOf(answer, 'host'), 'kata-kvm').status).toMatch(/fail|pass/);
    });

    it.runIf(isMatrix)('move with the other cgroup driver', async () => {
      const wanted = { handlers: ['runc', 'crun'], defaultHandler: 'crun', cgroupDriver: 'cgroupfs' };
      const applied = await run('apply', wanted);
      expect(hostOf(applied, 'host').error).toBeUndefined();
      expect(findingOf(hostOf(applied, 'host'), 'sandbox-runs').observed).toMatch(
        /^\/[0-9a-f]{64}; by the handlers runc/,
      );
      expect((await run('plan', wanted)).code).toBe(0);
      expect((await run('rollback', {})).code).toBe(0);
    });

    // Its shim lowers its OOM score, which container nodes may not, so no sandbox of it starts here.
    it.runIf(isMatrix && noGo === undefined)('have gVisor, which takes the driver from its own file', async () => {
      await installGvisor(node);
      const before = await hostState(node);
      const wanted = { handlers: ['runc', 'crun', 'runsc'], defaultHandler: 'crun' };
      const file = place.inventory('gvisor', {
        host: at(node, { runtime: { ...source.runtime, ...wanted }, verify: { sandbox: 'off' } }),
      });
      const applied = await place.json(['apply', file, '--yes']);
      expect(hostOf(applied, 'host').error).toBeUndefined();
      expect(findingOf(hostOf(applied, 'host'), 'runtime-handlers').observed).toContain(
        'runc, crun, runsc, default crun',
      );
      expect(await node.sh('cat /etc/containerd/runsc.toml')).toContain('systemd-cgroup = "true"');
      expect((await place.json(['plan', file, '--detailed-exitcode'])).code).toBe(0);
      expect((await place.json(['rollback', file, '--yes'])).code).toBe(0);
      expect(stateChanges(before, await hostState(node))).toEqual([]);
    });

    it('go back exactly', async () => {
      expect((await run('rollback', {})).code).toBe(0);
      expect(stateChanges(bare, await hostState(node))).toEqual([]);
    });
  });
});
