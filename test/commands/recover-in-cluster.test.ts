import { describe, expect, it, vi } from 'vitest';
import { recoverInCluster } from '../../src/commands/recover-in-cluster.ts';
import { NodeprepError } from '../../src/core/errors.ts';
import type { HostResult } from '../../src/core/result.ts';

const away = new NodeprepError('cluster-unreachable', 'the API server refuses connections', { hint: 'Look at it.' });
const result = (outcome: 'changed' | 'unchanged'): HostResult => ({
  host: 'cp-1',
  address: '192.0.2.1',
  state: 'ok',
  outcome,
  findings: [],
  changes: [],
});
/** An operator who has interrupted waits for nothing. */
const ended = AbortSignal.abort();

const recovering = (together: () => Promise<readonly HostResult[]>, alone: readonly HostResult[] = []) => {
  const hostsAlone = vi.fn(async () => alone);
  const done = recoverInCluster({ together, hostsAlone, tell: () => undefined, signal: ended });
  return { done, hostsAlone };
};

describe('recover in a cluster', () => {
  it('does everything under the lock where the API server answers', async () => {
    const { done, hostsAlone } = recovering(async () => [result('changed')]);
    expect(await done).toEqual([result('changed')]);
    expect(hostsAlone).not.toHaveBeenCalled();
  });

  it('settles the hosts first where it does not, and their nodes once it is back', async () => {
    const node = { name: 'cp-1', ready: true, cordonedBy: null };
    const together = vi
      .fn<() => Promise<readonly HostResult[]>>()
      .mockRejectedValueOnce(away)
      .mockResolvedValueOnce([{ ...result('changed'), node }]);
    const { done, hostsAlone } = recovering(together, [result('changed')]);
    expect(await done).toEqual([{ ...result('changed'), node }]);
    expect(hostsAlone).toHaveBeenCalledOnce();
  });

  it('says of hosts that were settled that their nodes were not looked at, where it stays away', async () => {
    const [host] = await recovering(() => Promise.reject(away), [result('changed')]).done;
    expect(host).toMatchObject({ state: 'failed', outcome: 'changed', error: { code: 'cluster-unreachable' } });
    expect(host?.error?.message).toContain('may still be cordoned: the API server refuses connections');
    expect(host?.error?.hint).toBe('Run nodeprep recover again once the API server answers.\nLook at it.');
  });

  it('says so too where somebody else has the lock by the time it is back', async () => {
    const held = new NodeprepError('lock-held', 'run b works on this cluster');
    const together = vi
      .fn<() => Promise<readonly HostResult[]>>()
      .mockRejectedValueOnce(away)
      .mockRejectedValueOnce(held);
    const [host] = await recovering(together, [result('changed')]).done;
    expect(host).toMatchObject({
      outcome: 'changed',
      error: { code: 'lock-held', message: expect.stringContaining('run b works on this cluster') },
    });
    expect(host?.error?.hint).toBe('Run nodeprep recover again.');
  });

  it('fails as before where no host had anything to settle', async () => {
    await expect(recovering(() => Promise.reject(away), [result('unchanged')]).done).rejects.toBe(away);
  });

  it('touches no host where the cluster refuses it', async () => {
    const held = new NodeprepError('lock-held', 'somebody works on it');
    const { done, hostsAlone } = recovering(() => Promise.reject(held));
    await expect(done).rejects.toBe(held);
    expect(hostsAlone).not.toHaveBeenCalled();
  });
});
