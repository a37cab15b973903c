import { afterEach, describe, expect, it } from 'vitest';
import type { SandboxWish } from '../../src/core/sandbox-proof.ts';
import { openClient } from '../../src/cri/client.ts';
import { runProof, type Whereabouts } from '../../src/cri/run-proof.ts';
import { type FakeSandbox, sandboxId, startSandboxServer, type Trouble } from './sandbox-server.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

const systemdPath = (id: string): string => `/system.slice/cri-containerd-${id}.scope`;

const prove = async (
  over: Partial<SandboxWish> = {},
  {
    where = async id => [systemdPath(id)],
    sandboxes = [],
    ...trouble
  }: Trouble & { where?: Whereabouts; sandboxes?: readonly FakeSandbox[] } = {},
) => {
  const server = await startSandboxServer(sandboxes, trouble);
  const client = openClient(server.path);
  closers.push(server.close, () => client.close());
  const wish: SandboxWish = { image: 'pause:3.10', cgroupDriver: 'systemd', mode: 'auto', runId: 'r-1', ...over };
  return { proof: await runProof(client, where, wish, Date.now() + 20_000), calls: server.calls };
};

describe('the proof by a sandbox', () => {
  it('starts one below a slice for systemd, and leaves nothing', async () => {
    const { proof, calls } = await prove();
    expect(proof).toEqual({ outcome: 'ran', cgroup: systemdPath(`${sandboxId}0`) });
    expect(calls).toEqual(['run system.slice', `stop ${sandboxId}0`, `remove ${sandboxId}0`]);
  });

  it('starts one below the root for cgroupfs', async () => {
    const { proof, calls } = await prove({ cgroupDriver: 'cgroupfs' }, { where: async id => [`/${id}`] });
    expect(proof).toEqual({ outcome: 'ran', cgroup: `/${sandboxId}0` });
    expect(calls[0]).toBe('run /');
  });

  it("names its own cgroup, not that of CRI-O's monitor", async () => {
    const own = (id: string): string => `/system.slice/crio-${id}.scope/container`;
    const where: Whereabouts = async id => [`/system.slice/crio-conmon-${id}.scope`, own(id)];
    const { proof } = await prove({}, { where });
    expect(proof).toEqual({ outcome: 'ran', cgroup: own(`${sandboxId}0`) });
  });

  it("starts one by each other handler, Kata's wherever it puts it", async () => {
    const where: Whereabouts = async id => [id.endsWith('2') ? `/kata_overhead/${id}` : systemdPath(id)];
    const { proof, calls } = await prove({ handlers: ['crun', 'kata'] }, { where });
    expect(proof).toEqual({ outcome: 'ran', cgroup: systemdPath(`${sandboxId}0`), handlers: ['crun', 'kata'] });
    expect(calls.filter(call => call.startsWith('run'))).toEqual([
      'run system.slice',
      'run system.slice by crun',
      'run system.slice by kata',
    ]);
  });

  it('fails by the name of the handler that starts none', async () => {
    const { proof, calls } = await prove({ handlers: ['crun', 'runsc'] }, { broken: 'crun' });
    expect(proof).toEqual({
      outcome: 'failed',
      reason: 'by the handler crun: a pod sandbox does not start: OCI runtime create failed',
    });
    expect(calls.filter(call => call.startsWith('run'))).toHaveLength(1);
  });

  it('fails where the cgroup is not what the driver makes, and still leaves nothing', async () => {
    const path = `/system.slice:cri-containerd:${sandboxId}0`;
    const { proof, calls } = await prove({}, { where: async () => [path] });
    expect(proof).toEqual({
      outcome: 'failed',
      reason: `the sandbox ran in the cgroup ${path}, which is not what the cgroup driver systemd makes`,
    });
    expect(calls.at(-1)).toBe(`remove ${sandboxId}0`);
  });

  it('pulls the image where it can, and takes it along when the proof fails', async () => {
    expect((await prove({}, { image: 'pullable' })).calls.slice(0, 2)).toEqual(['pull', 'run system.slice']);
    const failed = await prove({}, { image: 'pullable', run: 'runc: exec format error' });
    expect(failed.proof).toEqual({
      outcome: 'failed',
      reason: 'a pod sandbox does not start: runc: exec format error',
    });
    expect(failed.calls).toEqual(['pull', 'remove image']);
  });

  it.each([
    ['auto', 'skipped'],
    ['required', 'failed'],
  ] as const)('without an image to be had, %s is %s', async (mode, outcome) => {
    const { proof, calls } = await prove({ mode }, { image: 'nowhere' });
    expect(proof).toEqual({
      outcome,
      reason: 'pause:3.10 is not on the host and cannot be pulled: dial tcp: lookup registry: no such host',
    });
    expect(calls).toEqual([]);
  });

  it('is skipped where images are served somewhere else', async () => {
    const { proof } = await prove({}, { image: 'no service' });
    expect(proof).toMatchObject({ outcome: 'skipped', reason: expect.stringContaining('unknown service') });
  });

  it('tries again where a kubelet was quicker, and says so when it always is', async () => {
    let asked = 0;
    const third: Whereabouts = async id => {
      asked += 1;
      return asked < 3 ? [] : [systemdPath(id)];
    };
    expect((await prove({}, { where: third })).proof).toMatchObject({ outcome: 'ran' });
    const { proof, calls } = await prove({}, { where: async () => [] });
    expect(proof).toMatchObject({ outcome: 'failed', reason: expect.stringContaining('gone 3 times') });
    expect(calls.filter(call => call.startsWith('remove'))).toHaveLength(3);
  });

  it('removes what proofs left that were killed, and nothing of others', async () => {
    const sandboxes = [
      { id: 'left-over', proof: true },
      { id: 'web', pod: 'web' },
    ];
    const { proof, calls } = await prove({}, { sandboxes });
    expect(proof.outcome).toBe('ran');
    expect(calls.slice(0, 2)).toEqual(['stop left-over', 'remove left-over']);
    expect(calls.join()).not.toContain('web');
  });
});
