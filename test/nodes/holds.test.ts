import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { baseProblem, bootNode, type LabNode, openRepository, requireLab, type Suite } from '../lab/index.ts';
import { findingOf, hostOf } from './support/cli.ts';
import { type HostState, hostState, startedAt } from './support/host-state.ts';
import { at, openWorkplace, type Workplace } from './support/workplace.ts';

const isMatrix = process.env.NODEPREP_MATRIX === '1';
const suites: readonly Suite[] = ['bookworm', 'trixie'];
/** Of the administrator, and none of nodeprep's business. */
const theirs = 'containernetworking-plugins';

describe.runIf(isMatrix).each(suites)('containerd of the distribution, %s, no version asked for', async suite => {
  const reason = requireLab() ?? (await baseProblem(suite));
  describe.skipIf(reason)(reason ?? 'installed before nodeprep came', () => {
    let node: LabNode;
    let place: Workplace;
    let bare: HostState;
    let inventory: string;
    const run = (command: string, ...flags: string[]) => place.json([command, inventory, ...flags]);
    const held = (): Promise<string> => node.sh('apt-mark showhold');

    beforeAll(async () => {
      place = await openWorkplace();
      node = await bootNode({ suite, packages: ['containerd', theirs] });
      await node.sh(`export DEBIAN_FRONTEND=noninteractive; apt-get -qq update && apt-get -y -qq upgrade
        apt-mark -qq hold ${theirs}`);
      bare = await hostState(node);
      inventory = place.inventory('host', { host: at(node) });
    });
    afterAll(async () => {
      await node?.remove();
      place?.remove();
    });

    it('is held with its runc, and nothing is left to do', async () => {
      const told = findingOf(hostOf(await run('check'), 'host'), 'runtime-packages-held');
      expect(told).toMatchObject({ status: 'fail', severity: 'warning', fixedByApply: true });
      const applied = await run('apply', '--yes');
      expect(hostOf(applied, 'host').error).toBeUndefined();
      expect(await held()).toBe(['containerd', theirs, 'runc'].join('\n'));
      expect((await run('plan', '--detailed-exitcode')).code).toBe(0);
      expect(findingOf(hostOf(await run('check'), 'host'), 'runtime-packages-held').status).toBe('pass');
    });

    it('stays where it is when the host is upgraded', async () => {
      const repository = await openRepository(node);
      await repository.repack('containerd', '1.9.97');
      await repository.repack('runc', '1.9.97');
      await repository.publish();
      const [versions, started] = [await node.sh(`dpkg-query -W containerd runc`), await startedAt(node, 'containerd')];
      expect(await node.sh('apt-cache policy containerd runc')).toMatch(/Candidate: 1\.9\.97.*Candidate: 1\.9\.97/s);
      await node.sh('DEBIAN_FRONTEND=noninteractive apt-get -y -qq upgrade');
      expect(await node.sh(`dpkg-query -W containerd runc`)).toBe(versions);
      expect(await startedAt(node, 'containerd')).toBe(started);
      await node.sh('rm /etc/apt/sources.list.d/lab-repository.list && apt-get update -qq');
    });

    it('is held again where somebody has lifted that, which restarts nothing', async () => {
      const started = await startedAt(node, 'containerd');
      await node.sh('apt-mark -qq unhold runc');
      const before = await hostState(node);
      const planned = hostOf(await run('plan'), 'host').changes;
      expect(planned).toMatchObject([{ id: 'hold:runc', phase: 'stage', disruption: 'none', reversible: true }]);
      expect((await run('apply', '--yes')).code).toBe(0);
      expect(await held()).toBe(['containerd', theirs, 'runc'].join('\n'));
      expect((await run('rollback', '--yes')).code).toBe(0);
      expect(await hostState(node)).toEqual(before);
      expect((await run('apply', '--yes')).code).toBe(0);
      expect(await startedAt(node, 'containerd')).toBe(started);
    });

    it('is let go by a reset, and what somebody else holds is not', async () => {
      const gone = await run('reset', '--yes');
      expect(hostOf(gone, 'host').error).toBeUndefined();
      expect(await held()).toBe(theirs);
      const after = await hostState(node);
      for (const section of ['files', 'content', 'packages', 'holds', 'autoMarks', 'enablement'] as const) {
        expect({ [section]: after[section] }).toEqual({ [section]: bare[section] });
      }
      expect(await node.sh('ls /var/lib/nodeprep')).not.toContain('holds');
    });
  });
});
