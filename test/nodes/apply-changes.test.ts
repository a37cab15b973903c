import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { baseProblem, bootNode, type LabNode, requireLab, SUITES } from '../lab/index.ts';
import { describeUnit, driveNode, nodeFile, nodeState, notes, packageChange, serviceChange } from './apply-node.ts';

const reason = requireLab();
const running = { unitFileState: 'enabled', activeState: 'active' };
const config = '/etc/containerd/config.toml';

for (const suite of SUITES) {
  const problem = reason ?? (await baseProblem(suite));
  describe.skipIf(problem)(`changes on a ${suite} node${problem ? ` (${problem})` : ''}`, () => {
    let node: LabNode;
    beforeAll(async () => {
      node = await bootNode({ suite });
    });
    afterAll(() => node?.remove());

    it('takes back all that a package brought; install, revert, install equals install', async () => {
      const before = await nodeState(node);
      const changes = [packageChange('containerd', { holds: ['containerd', 'runc'] })];
      let installed = '';
      const run = await driveNode(node, changes, {
        verify: async () => {
          installed = await nodeState(node);
          return { ok: false, reason: 'a test' };
        },
      });
      expect(run.end).toEqual({ kind: 'settled', word: 'reverted' });
      expect(await nodeState(node)).toBe(before);
      expect((await driveNode(node, changes)).end).toEqual({ kind: 'settled', word: 'committed' });
      expect(await nodeState(node)).toBe(installed);
      expect(await describeUnit(node, 'containerd')).toContain('loaded active enabled');
    });

    it('refuses a version outside the wanted range, and what no source offers, before it changes anything', async () => {
      const before = await nodeState(node);
      const outside = await driveNode(node, [packageChange('socat', { range: '9' })]);
      expect(outside.progress.failure).toMatchObject({
        event: 'mismatch',
        reason: expect.stringMatching(/^socat 9 is wanted, the host's package sources offer /),
      });
      const missing = await driveNode(node, [packageChange('no-such-package')]);
      expect(missing.progress.failure?.reason).toBe('no package source of this host offers no-such-package');
      const version = await driveNode(node, [packageChange('socat', { version: '0.0.1' })]);
      expect(version.progress.failure?.reason).toContain('apt would not install socat 0.0.1');
      expect([outside, missing, version].map(run => run.end)).toEqual(
        [1, 2, 3].map(() => ({ kind: 'settled', word: 'unchanged' })),
      );
      expect(await nodeState(node)).toBe(before);
    });

    it('reverts a containerd that cannot start, tells why, and has it running again', async () => {
      const before = await nodeState(node);
      const text = (await node.exec(`cat ${config}`)).stdout;
      const run = await driveNode(node, [
        nodeFile(config, text, 'version = 2\nthis is = not toml\n'),
        nodeFile('/etc/sysctl.d/99-zz-test.conf', undefined, 'net.ipv4.ip_forward = 1\n'),
        serviceChange('containerd.service', running, { action: 'restart', active: true }),
      ]);
      expect(run.end).toEqual({ kind: 'settled', word: 'reverted' });
      expect(run.progress.failure?.step).toBe('1-3');
      expect(run.progress.failure?.reason).toContain('containerd.service fails again and again');
      expect(run.progress.failure?.reason).toMatch(/toml/);
      expect(await nodeState(node)).toBe(before);
      expect(await describeUnit(node, 'containerd')).toContain('loaded active enabled');
      expect(await node.sh('ctr version')).toContain('Server:');
    });

    it('stages a file and asks its program before it goes live', async () => {
      const text = (await node.exec(`cat ${config}`)).stdout;
      const started = await node.sh('systemctl show containerd -p InvocationID --value');
      const validate = ['containerd', '--config', '{}', 'config', 'dump'];
      const run = await driveNode(node, [nodeFile(config, text, 'version = 2\nbad =\n', { validate })]);
      expect(run.end).toEqual({ kind: 'settled', word: 'reverted' });
      expect(run.progress.failure?.reason).toContain(`containerd does not accept the new ${config}`);
      expect(await node.sh('systemctl show containerd -p InvocationID --value')).toBe(started);
    });

    it('puts enablement, masks and activity back', async () => {
      const before = await nodeState(node);
      const run = await driveNode(
        node,
        [
          serviceChange('containerd.service', running, {
            enabled: false,
            active: false,
            masked: true,
            phase: 'quiesce',
          }),
        ],
        {
          verify: async () => {
            expect(await describeUnit(node, 'containerd')).toContain('inactive');
            return { ok: false, reason: 'a test' };
          },
        },
      );
      expect(run.end).toEqual({ kind: 'settled', word: 'reverted' });
      expect(await nodeState(node)).toBe(before);
      expect(await describeUnit(node, 'containerd')).toContain('loaded active enabled');
    });

    it('waits for the package manager and names who uses it', async () => {
      const other = node.exec('apt-get -o DPkg::Pre-Invoke::="touch /run/lab-locked; sleep 6" install -y -q socat');
      await node.sh('until [ -e /run/lab-locked ]; do sleep 0.1; done');
      const seen: string[] = [];
      const run = await driveNode(node, [packageChange('ethtool')], {
        onEvent: notes(seen),
        verify: async () => ({ ok: false, reason: 'a test' }),
      });
      await other;
      expect(seen).toEqual([
        expect.stringMatching(/waits for the package manager, which apt-get \(process \d+\) is using/),
      ]);
      expect(run.end).toEqual({ kind: 'settled', word: 'reverted' });
    });

    it('names a kernel module that the host does not have', async () => {
      const run = await driveNode(node, [
        {
          kind: 'module',
          id: 'module:no_such_module',
          target: 'no_such_module',
          name: 'no_such_module',
          summary: 'a test',
          because: 'a test',
          phase: 'stage',
          disruption: 'none',
          reversible: true,
        },
      ]);
      expect(run.end).toEqual({ kind: 'settled', word: 'unchanged' });
      expect(run.progress.failure?.reason).toMatch(/^the kernel .* has no module no_such_module/);
    });
  });
}
