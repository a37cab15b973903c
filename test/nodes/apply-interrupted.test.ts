import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Change } from '../../src/changes/change.ts';
import { baseProblem, bootNode, type LabNode, requireLab } from '../lab/index.ts';
import {
  describeUnit,
  driveNode,
  nodeFile,
  nodeState,
  packageChange,
  recoverNode,
  serviceChange,
} from './apply-node.ts';

const problem = requireLab() ?? (await baseProblem('trixie'));

/** A first round with a package and what it brings: the text of its config file is known. */
const install: readonly Change[] = [
  packageChange('containerd', { holds: ['containerd', 'runc'] }),
  nodeFile('/etc/sysctl.d/99-zz-test.conf', undefined, 'net.ipv4.ip_forward = 1\n'),
];
const configure = (text: string): readonly Change[] => [
  nodeFile('/etc/containerd/config.toml', text, `${text}\n# ours\n`),
  serviceChange(
    'containerd.service',
    { unitFileState: 'enabled', activeState: 'active' },
    { action: 'restart', active: true },
  ),
];

/** NODEPREP_SWEEPS=all: at every point, some seven minutes. test/apply/kill.test.ts always kills at every point, without systemd and apt. */
const stride = process.env.NODEPREP_SWEEPS === 'all' ? 1 : 4;

describe.skipIf(problem)(`interrupted runs on a trixie node${problem ? ` (${problem})` : ''}`, () => {
  let node: LabNode;
  let before: string;
  beforeAll(async () => {
    node = await bootNode({ suite: 'trixie' });
    // The packages are in apt's cache from here on; their absence is what counts.
    await node.sh('apt-get install -y -qq --no-install-recommends -d containerd');
    before = await nodeState(node);
  });
  afterAll(() => node?.remove());

  const wholeRun = () => driveNode(node, install, { afterRound });
  const afterRound = async (round: number) =>
    round === 1
      ? ({ kind: 'next', changes: configure((await node.exec('cat /etc/containerd/config.toml')).stdout) } as const)
      : ({ kind: 'verify' } as const);
  const stopAt = (point: number | undefined) =>
    node.sh(
      point === undefined
        ? 'rm -f /var/lib/nodeprep/stop-at'
        : `mkdir -p -m 700 /var/lib/nodeprep; echo ${point} > /var/lib/nodeprep/stop-at`,
    );
  const settle = async (what: string) => {
    await stopAt(undefined);
    for (const settled of await recoverNode(node)) expect(settled.end, what).toMatchObject({ kind: 'settled' });
    expect(await nodeState(node), what).toBe(before);
    expect(await node.sh('ls /var/lib/nodeprep/lock 2>&1 || true'), what).toContain('No such file');
  };

  it('killed with SIGKILL at points of the host program', { timeout: 1_800_000 }, async () => {
    let point = 1;
    for (; ; point += stride) {
      await stopAt(point);
      const run = await wholeRun();
      if (run.end.kind === 'settled') break;
      expect(run.end, `point ${point}`).toEqual({ kind: 'dead' });
      await settle(`point ${point}`);
    }
    expect(point).toBeGreaterThan(40);
  });

  it('killed while apt is at work', async () => {
    // The run of the test before is committed: its way back is the rollback, which is not the point here.
    await node.remove();
    node = await bootNode({ suite: 'trixie' });
    before = await nodeState(node);
    const run = wholeRun();
    await node.sh(
      'until pgrep -x dpkg >/dev/null; do sleep 0.02; done; kill -9 $(sed -n s/^pid=//p /var/lib/nodeprep/lock)',
    );
    expect((await run).end).toEqual({ kind: 'dead' });
    await settle('killed while apt is at work');
  });

  it('powered off at its hold', async () => {
    let reached: () => void = () => undefined;
    const atHold = new Promise<void>(resolve => {
      reached = resolve;
    });
    void driveNode(node, install, {
      afterRound: async () => {
        reached();
        return new Promise(() => undefined);
      },
    });
    await atHold;
    await node.kill();
    await node.start();
    await settle('powered off');
    expect(await describeUnit(node, 'containerd')).toContain('not-found');
  });
});
