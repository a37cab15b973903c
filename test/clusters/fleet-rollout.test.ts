import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Fleet, openFleet } from '../../bench/rollout/fleet.ts';
import { type RolledOver, rollOver } from '../../bench/rollout/roll-over.ts';
import { requireClusterLab } from '../lab/cluster/index.ts';
import { endsOf, nodesNotInService } from './support/rollout-place.ts';

const reason = requireClusterLab();
/** Two hundred take a quarter of an hour on two cores: by hand. */
const size = process.env.NODEPREP_FLEET ? 200 : 9;
const maxUnavailable = process.env.NODEPREP_FLEET ? '10%' : '34%';
const atOnce = Math.floor((size * Number.parseInt(maxUnavailable, 10)) / 100);
/**
 * Of one node, whatever the size of the fleet. Half of it are single objects read and written: cordon, uncordon, the driver's annotation,
 * evictions, and a look a second until pods are gone and the kubelet is Ready.
 */
const mostRequestsPerNode = 60;

describe.skipIf(reason)(`a rollout over ${size} simulated Nodes${reason ? ` (${reason})` : ''}`, () => {
  let fleet: Fleet;
  let rolled: RolledOver;
  /** What a kubelet has made, and what the runtime's file says. */
  const stateOf = (name: string) => {
    const root = fleet.hosts.rootOf(name);
    const pods = readdirSync(join(root, 'sys/fs/cgroup')).filter(each => each.startsWith('kubepods'));
    return {
      pods,
      runtime: /SystemdCgroup = true/.test(readFileSync(join(root, 'etc/containerd/config.toml'), 'utf8')),
    };
  };

  beforeAll(async () => {
    fleet = await openFleet(size);
    expect(fleet.names.map(stateOf)).toEqual(fleet.names.map(() => ({ pods: ['kubepods'], runtime: false })));
    rolled = await rollOver(fleet, { maxUnavailable, atOnce });
  });
  afterAll(() => fleet?.close());

  it('converts every node', () => {
    expect(endsOf(rolled.applied)).toEqual(fleet.names.map(name => `${name} ok changed`));
    expect(rolled.applied.code).toBe(0);
    expect(fleet.names.map(stateOf)).toEqual(fleet.names.map(() => ({ pods: ['kubepods.slice'], runtime: true })));
  });

  it('takes no more of them out of service at any instant than it may, and brings all back', async () => {
    expect(rolled.seen.outMs.size).toBe(size);
    expect(rolled.seen.most).toBeLessThanOrEqual(atOnce);
    expect(rolled.pods.fewest).toBeGreaterThanOrEqual(rolled.pods.least);
    expect(rolled.seen.left).toEqual([]);
    expect(await nodesNotInService(fleet.cluster)).toEqual([]);
  });

  it('asks little of the API server', () => {
    const { all, lock } = rolled.requests;
    console.log(`${((all - lock) / size).toFixed(1)} API requests a node, ${lock} for the lock`);
    expect(all - lock).toBeLessThanOrEqual(size * mostRequestsPerNode);
  });

  it('leaves nothing to do', async () => {
    const again = await fleet.json(['plan', fleet.inventory('systemd', 'systemd'), '--detailed-exitcode']);
    expect(again.run.hosts.flatMap(({ changes }) => changes)).toEqual([]);
    expect(again.code).toBe(0);
  });

  // By hand: a whole batch at once, where the fault table kills one node's control side at every phase.
  it.runIf(process.env.NODEPREP_FAULTS)(
    'is settled by recover when the control process dies over a whole batch',
    async () => {
      const back = fleet.inventory('cgroupfs', 'cgroupfs', { rollout: { maxUnavailable } });
      let pid = 0;
      const killed = fleet.run(['apply', back, '--yes'], {
        onStart: started => {
          pid = started;
        },
      });
      const isCordoned = (line: string): boolean => line.endsWith(': cordoned');
      await expect
        .poll(async () => (await nodesNotInService(fleet.cluster)).filter(isCordoned).length, { timeout: 240_000 })
        .toBe(atOnce);
      process.kill(pid, 'SIGKILL');
      await killed;
      const recovered = await fleet.run(['recover', back, '--yes']);
      expect({ code: recovered.code, said: recovered.stderr }).toMatchObject({ code: 0 });
      expect(await nodesNotInService(fleet.cluster)).toEqual([]);
      for (const name of fleet.names) {
        const { pods, runtime } = stateOf(name);
        expect({ name, pods }).toEqual({ name, pods: [runtime ? 'kubepods.slice' : 'kubepods'] });
      }
    },
  );
});
