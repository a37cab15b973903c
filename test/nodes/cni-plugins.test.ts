import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { baseProblem, bootNode, type LabNode, layPodNetwork, requireLab } from '../lab/index.ts';
import { findingOf, hostOf } from './support/cli.ts';
import { hostState, stateChanges } from './support/host-state.ts';
import { at, openWorkplace, type Workplace } from './support/workplace.ts';

const reason = requireLab() ?? (await baseProblem('trixie'));
const isMatrix = process.env.NODEPREP_MATRIX === '1';
const asked = 'bridge, host-local, portmap';

describe.skipIf(reason !== undefined || !isMatrix)(`the plugins of a network${reason ? ` (${reason})` : ''}`, () => {
  let node: LabNode;
  let place: Workplace;

  const inventory = (runtime: Readonly<Record<string, unknown>> = {}): string =>
    place.inventory(`host-${Object.keys(runtime).length}`, { host: at(node, { runtime, verify: { sandbox: 'off' } }) });
  const found = async (runtime?: Readonly<Record<string, unknown>>) =>
    findingOf(hostOf(await place.json(['check', inventory(runtime)]), 'host'), 'cni-plugins');

  beforeAll(async () => {
    place = await openWorkplace();
    node = await bootNode({ suite: 'trixie', packages: ['containerd', 'containernetworking-plugins'] });
  });
  afterAll(async () => {
    await node?.remove();
    place?.remove();
  });

  it('are not asked for before there is a network', async () => {
    expect(await found()).toMatchObject({ status: 'skip' });
  });

  it("are found where Debian's containerd looks", async () => {
    await layPodNetwork(node);
    expect(await found()).toMatchObject({ status: 'pass', observed: `${asked} in /usr/lib/cni` });
  });

  it('are named where one is nowhere', async () => {
    await node.sh('mv /usr/lib/cni/portmap /root/');
    expect(await found()).toMatchObject({ status: 'fail', observed: 'not on this host: portmap' });
    await node.sh('mv /root/portmap /usr/lib/cni/');
  });

  it('are led to where networks put them, and back', async () => {
    await node.sh('mkdir -p /opt/cni && mv /usr/lib/cni /opt/cni/bin');
    const finding = await found();
    expect(finding).toMatchObject({ status: 'fail', observed: 'in /opt/cni/bin' });
    expect(finding.remedy).toMatch(/^runtime\.cni\.binDir: \/opt\/cni\/bin in the inventory, then nodeprep apply/);
    const before = await hostState(node);

    const led = { cni: { binDir: '/opt/cni/bin' } };
    const applied = await place.json(['apply', inventory(led), '--yes']);
    expect({ code: applied.code, error: hostOf(applied, 'host').error }).toEqual({ code: 0, error: undefined });
    expect(await found(led)).toMatchObject({ status: 'pass', observed: `${asked} in /opt/cni/bin` });
    expect((await place.json(['plan', inventory(led), '--detailed-exitcode'])).code).toBe(0);

    expect((await place.json(['rollback', inventory(led), '--yes'])).code).toBe(0);
    expect(stateChanges(before, await hostState(node))).toEqual([]);
    expect(await found()).toMatchObject({ status: 'fail', observed: 'in /opt/cni/bin' });
  });
});
