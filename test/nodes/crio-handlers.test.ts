import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { baseProblem, bootNode, installGvisor, type LabNode, requireLab } from '../lab/index.ts';
import { pauseImage } from '../lab/pause.ts';
import { type LabRegistry, startRegistry } from '../lab/registry.ts';
import { crioProblem, type UpstreamRepository } from '../lab/upstream/index.ts';
import { findingOf, hostOf } from './support/cli.ts';
import { crioFrom, leadToRegistry, offerCrio } from './support/crio-source.ts';
import { type HostState, hostState, stateChanges } from './support/host-state.ts';
import { at, openWorkplace, type Workplace } from './support/workplace.ts';

const isMatrix = process.env.NODEPREP_MATRIX === '1';
const reason = isMatrix
  ? (requireLab() ?? (await baseProblem('trixie')) ?? (await crioProblem()))
  : 'part of npm run test:matrix';

describe.skipIf(reason)(`OCI handlers of CRI-O${reason ? ` (${reason})` : ''}`, () => {
  let node: LabNode;
  let place: Workplace;
  let upstream: UpstreamRepository;
  let registry: LabRegistry;
  let bare: HostState;
  const run = (command: string, runtime: object) => {
    const host = at(node, {
      runtime: { name: 'cri-o', ...crioFrom(upstream), ...runtime },
      verify: { sandbox: 'required' },
    });
    const file = place.inventory(`host-${JSON.stringify(runtime).replaceAll(/[^a-z]+/gi, '-')}`, { host });
    return place.json([command, file, ...(command === 'plan' ? ['--detailed-exitcode'] : ['--yes'])]);
  };

  beforeAll(async () => {
    place = await openWorkplace();
    node = await bootNode({ suite: 'trixie', cgroup: 'v1', packages: ['iptables', 'libyajl2', 'libglib2.0-0t64'] });
    upstream = await offerCrio(node);
    registry = await startRegistry({ images: { 'pause:3.10.1': pauseImage(['pause']) } });
    await leadToRegistry(node, registry);
    bare = await hostState(node);
  });
  afterAll(async () => {
    await node?.remove();
    await upstream?.close();
    await registry?.close();
    place?.remove();
  });

  it.each([
    ['runc', 'crun'],
    ['crun', 'runc'],
  ])('has %s as its default, and runs a sandbox by %s too; a second plan is empty', async (chosen, other) => {
    const wanted = { handlers: ['runc', 'crun'], defaultHandler: chosen };
    const applied = await run('apply', wanted);
    expect(hostOf(applied, 'host').error).toBeUndefined();
    expect(findingOf(hostOf(applied, 'host'), 'runtime-handlers')).toMatchObject({
      status: 'pass',
      observed: `runc, crun, default ${chosen} (crio status config)`,
    });
    expect(findingOf(hostOf(applied, 'host'), 'sandbox-runs').observed).toMatch(`; by the handlers ${other} too`);
    expect((await run('plan', wanted)).code).toBe(0);
  });

  it('gets gVisor as a handler that no file had, with the monitor of the others', async () => {
    await installGvisor(node);
    const wanted = { handlers: ['runc', 'crun', 'runsc'], defaultHandler: 'crun' };
    const applied = await run('apply', wanted);
    expect(hostOf(applied, 'host').error).toBeUndefined();
    expect(await node.sh('cat /etc/crio/crio.conf.d/99-nodeprep.conf')).toContain('/usr/libexec/crio/conmon');
    expect(findingOf(hostOf(applied, 'host'), 'runtime-handlers').observed).toContain(
      'runc, crun, runsc, default crun',
    );
    expect((await run('plan', wanted)).code).toBe(0);
  });

  it('goes back exactly, run by run', async () => {
    for (const _ of [1, 2, 3]) expect((await run('rollback', {})).code).toBe(0);
    await node.sh(
      "rm -f /usr/local/bin/runsc /usr/local/bin/containerd-shim-runsc-v1; systemctl stop 'crio-conmon-*.scope'",
    );
    expect(stateChanges(bare, await hostState(node))).toEqual([]);
  });
});
