import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { baseProblem, bootNode, type LabNode, requireLab } from '../lab/index.ts';
import { findingOf, hostOf } from './support/cli.ts';
import { at, openWorkplace, type Workplace } from './support/workplace.ts';

const isMatrix = process.env.NODEPREP_MATRIX === '1';
const reason = requireLab() ?? (await baseProblem('trixie'));

describe.runIf(isMatrix)('needrestart, after an upgrade that replaced a library', () => {
  describe.skipIf(reason)(reason ?? 'on a node', () => {
    let node: LabNode;
    let place: Workplace;
    let inventory: string;

    beforeAll(async () => {
      place = await openWorkplace();
      node = await bootNode({ suite: 'trixie', packages: ['needrestart', 'containerd'] });
      inventory = place.inventory('needrestart', { host: at(node) });
    });
    afterAll(async () => {
      await node?.remove();
      place?.remove();
    });

    /** What an upgrade of libc leaves behind: the daemon maps a file that is no longer there. */
    const restarted = async () => {
      const invocation = 'systemctl show -P InvocationID containerd.service';
      const before = await node.sh(invocation);
      await node.sh(`l=$(ldd /usr/bin/containerd | sed -n 's/.*=> \\(.*libc\\.so[^ ]*\\).*/\\1/p'); l=$(readlink -f "$l")
        cp -a "$l" "$l.new" && mv -f "$l.new" "$l"`);
      const said = await node.sh('NEEDRESTART_SUSPEND= needrestart -r a -l 2>&1');
      return { said, isRestarted: (await node.sh(invocation)) !== before };
    };

    it('restarts containerd by itself as it is packaged', async () => {
      expect(findingOf(hostOf(await place.json(['check', inventory]), 'host'), 'runtime-left-alone')).toMatchObject({
        status: 'fail',
        fixedByApply: true,
      });
      expect(await restarted()).toMatchObject({ isRestarted: true });
    });

    it('names it, and leaves it alone, once the host is prepared; and as before after a rollback', async () => {
      const applied = await place.json(['apply', inventory, '--yes']);
      expect(hostOf(applied, 'host').error).toBeUndefined();
      expect(findingOf(hostOf(applied, 'host'), 'runtime-left-alone').status).toBe('pass');
      expect((await place.json(['plan', inventory, '--detailed-exitcode'])).code).toBe(0);
      const { said, isRestarted } = await restarted();
      expect(said).toContain('containerd.service');
      expect(isRestarted).toBe(false);
      expect((await place.json(['rollback', inventory, '--yes'])).code).toBe(0);
      expect(await node.sh('ls /etc/needrestart/conf.d')).toBe('README.needrestart');
      expect(await restarted()).toMatchObject({ isRestarted: true });
    });
  });
});
