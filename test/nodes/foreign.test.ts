import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { baseProblem, bootNode, type LabNode, requireLab } from '../lab/index.ts';
import { findingOf, hostOf } from './support/cli.ts';
import { type ForeignHost, foreignHosts, layDown, takeAway } from './support/foreign-hosts.ts';
import { type HostState, hostState } from './support/host-state.ts';
import { at, openWorkplace, type Workplace } from './support/workplace.ts';

const reason = requireLab() ?? (await baseProblem('trixie'));

describe.skipIf(reason)(`hosts of other distributions of Kubernetes${reason ? ` (${reason})` : ''}`, () => {
  let node: LabNode;
  let place: Workplace;
  let inventory: string;
  let bare: HostState;

  beforeAll(async () => {
    place = await openWorkplace();
    node = await bootNode({ suite: 'trixie' });
    await node.sh('systemctl is-system-running --wait || true');
    inventory = place.inventory('host', { host: at(node) });
    bare = await hostState(node);
  });
  afterAll(async () => {
    await node?.remove();
    place?.remove();
  });

  const refuse = async (foreign: Pick<ForeignHost, 'name' | 'sign'>) => {
    const before = await hostState(node);
    const check = await place.json(['check', inventory]);
    const finding = findingOf(hostOf(check, 'host'), 'foreign-distribution');
    expect(finding).toMatchObject({ status: 'fail', fixedByApply: false });
    expect(finding.message).toContain(foreign.name);
    for (const command of [['plan'], ['apply', '--yes']]) {
      const refused = await place.json([...command, inventory]);
      const host = hostOf(refused, 'host');
      expect({ code: refused.code, ...host }).toMatchObject({
        ...{ code: 5, state: 'refused', error: { code: 'foreign-distribution' }, changes: [] },
      });
      expect(host.error?.message).toContain(`run by ${foreign.name} (${foreign.sign})`);
      expect(host.error?.hint).toContain(`Leave it to ${foreign.name}`);
    }
    expect(await hostState(node)).toEqual(before);
  };

  it.each(foreignHosts.map(foreign => [foreign.what, foreign] as const))(
    '%s is named and left alone',
    async (_, foreign) => {
      await layDown(node, foreign);
      await refuse(foreign);
      await takeAway(node, foreign);
      expect(await hostState(node)).toEqual(bare);
    },
  );

  it.each([
    ['k3s', '/var/lib/rancher/k3s'],
    ['rke2', '/var/lib/rancher/rke2'],
    ['k0s', '/var/lib/k0s'],
    ['microk8s', '/var/snap/microk8s'],
  ])('%s is known by its data alone, as when its service is stopped and its program gone', async (name, data) => {
    await node.sh(`mkdir -p ${data}/server`);
    await refuse({ name, sign: data });
    await node.sh(`rm -r ${data}`);
  });
});
