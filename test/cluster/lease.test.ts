import { describe, expect, it } from 'vitest';
import { openCluster } from '../../src/cluster/open-cluster.ts';
import { failed, fakeApi, fakeClock, refused } from './fake-api.ts';

const path = '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/nodeprep';

const ours = { run: 'run-a', holder: 'ops@here' };
const theirs = { run: 'run-b', holder: 'ops@there' };

const setUp = () => {
  const api = fakeApi();
  const clock = fakeClock();
  return { api, clock, cluster: openCluster(api, { clock }), other: openCluster(api, { clock }) };
};

const holderIn = (api: ReturnType<typeof fakeApi>): unknown =>
  (api.objects.get(path)?.spec as { holderIdentity?: string } | undefined)?.holderIdentity;

describe('the lock of a cluster', () => {
  it('is created, says who holds it, and is let go', async () => {
    const { api, cluster } = setUp();
    const lease = await cluster.acquireLease(ours);
    expect(api.objects.get(path)?.spec).toMatchObject({
      holderIdentity: 'run-a ops@here',
      leaseDurationSeconds: 15,
      acquireTime: '2023-11-14T22:13:20.000000Z',
    });
    await lease.release();
    expect(holderIn(api)).toBe('');
    expect(lease.lost.aborted).toBe(false);
  });

  it('is taken again at once after it was let go', async () => {
    const { api, cluster, other } = setUp();
    await (await cluster.acquireLease(ours)).release();
    const lease = await other.acquireLease(theirs);
    expect(holderIn(api)).toBe('run-b ops@there');
    await lease.release();
  });

  it('is refused while somebody renews it', async () => {
    const { clock, cluster, other } = setUp();
    const lease = await cluster.acquireLease(ours);
    const second = other.acquireLease(theirs);
    const refusal = expect(second).rejects.toMatchObject({
      code: 'lock-held',
      message: expect.stringContaining('run run-a by ops@here works on this cluster'),
    });
    await clock.pass(8_000);
    await refusal;
    expect(lease.lost.aborted).toBe(false);
    await lease.release();
  });

  it('is taken over from a holder that is gone, after one duration and not before', async () => {
    const { api, clock, other } = setUp();
    api.put(path, { spec: { holderIdentity: 'run-a ops@here', leaseDurationSeconds: 15, leaseTransitions: 3 } });
    const second = other.acquireLease(theirs);
    await clock.pass(14_900);
    expect(holderIn(api)).toBe('run-a ops@here');
    await clock.pass(200);
    const lease = await second;
    expect(api.objects.get(path)?.spec).toMatchObject({ holderIdentity: 'run-b ops@there', leaseTransitions: 4 });
    await lease.release();
  });

  it('is not waited for where the holder lets it go meanwhile', async () => {
    const { api, clock, cluster, other } = setUp();
    const lease = await cluster.acquireLease(ours);
    const second = other.acquireLease(theirs);
    await clock.pass(1_000);
    await lease.release();
    await clock.pass(2_000);
    await (await second).release();
    expect(api.objects.get(path)?.spec).toMatchObject({ holderIdentity: '' });
  });

  it('is taken by one of two who find it free', async () => {
    const { api, clock, cluster, other } = setUp();
    api.put(path, { spec: { holderIdentity: '' } });
    const both = Promise.allSettled([cluster.acquireLease(ours), other.acquireLease(theirs)]);
    await clock.pass(20_000);
    const outcomes = await both;
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    for (const outcome of outcomes) if (outcome.status === 'fulfilled') await outcome.value.release();
  });

  it('is renewed every 5 s by one request', async () => {
    const { api, clock, cluster } = setUp();
    const lease = await cluster.acquireLease(ours);
    api.asked.length = 0;
    await clock.pass(60_000);
    expect(api.asked).toEqual(Array.from({ length: 12 }, () => `replace ${path}`));
    await lease.release();
  });

  it('survives somebody who only labels it', async () => {
    const { api, clock, cluster } = setUp();
    const lease = await cluster.acquireLease(ours);
    const before = api.objects.get(path);
    api.put(path, { ...before, metadata: { ...before?.metadata, name: 'nodeprep', labels: { a: 'b' } } });
    await clock.pass(30_000);
    expect(lease.lost.aborted).toBe(false);
    expect(api.objects.get(path)?.metadata.labels).toEqual({ a: 'b' });
    await lease.release();
  });

  it.each([
    ['to another run', { holderIdentity: 'run-b ops@there' }, 'run run-b by ops@there'],
    ['to nobody', { holderIdentity: '' }, 'somebody has taken the lock'],
  ])('is lost %s', async (_what, spec, message) => {
    const { api, clock, cluster } = setUp();
    const lease = await cluster.acquireLease(ours);
    api.put(path, { spec });
    await clock.pass(6_000);
    expect(lease.lost.aborted).toBe(true);
    expect(lease.lost.reason).toMatchObject({ code: 'lock-held', message: expect.stringContaining(message) });
    await lease.release();
    expect(api.objects.get(path)?.spec).toEqual(spec);
  });

  it('outlives an API server that is away for less than a duration, and is lost after one', async () => {
    const { api, clock, cluster } = setUp();
    const lease = await cluster.acquireLease(ours);
    const away = () =>
      failed('The connection to the server 10.0.0.1:6443 was refused - did you specify the right host or port?');
    api.answer = away;
    await clock.pass(14_000);
    api.answer = () => undefined;
    await clock.pass(900);
    expect(lease.lost.aborted).toBe(false);
    api.answer = away;
    await clock.pass(15_100);
    expect(lease.lost.aborted).toBe(true);
    expect(lease.lost.reason).toMatchObject({
      code: 'cluster-unreachable',
      message: expect.stringContaining('10.0.0.1:6443 refuses connections'),
    });
  });

  /** The API server carries it out, and its answer gets lost on the way. */
  const carriedOut = (api: ReturnType<typeof fakeApi>, body: unknown) => {
    api.put(path, body as object);
    return failed('Unable to connect to the server: net/http: request canceled (Client.Timeout exceeded)');
  };

  it('knows a write of its own whose answer was lost', async () => {
    const { api, clock, cluster } = setUp();
    const lease = await cluster.acquireLease(ours);
    // Each is carried out, and its writer is told that it was not; another look finds it.
    api.answer = (verb, _path, body) => (verb === 'replace' ? carriedOut(api, body) : undefined);
    await clock.pass(9_000);
    api.answer = verb => (verb === 'replace' ? refused('Conflict', 'the object has been modified') : undefined);
    // The last carried out was sent less than 4 s ago: it counts, though nobody has said so.
    await clock.pass(12_000);
    expect(lease.lost.aborted).toBe(false);
    await clock.pass(10_000);
    expect(lease.lost.aborted).toBe(true);
  });

  it('is given up by its holder when its duration is over, whatever a request hangs at', async () => {
    const { api, clock, cluster } = setUp();
    const lease = await cluster.acquireLease(ours);
    api.before = () => new Promise(() => undefined);
    await clock.pass(14_900);
    expect(lease.lost.aborted).toBe(false);
    await clock.pass(100);
    expect(lease.lost.aborted).toBe(true);
  });

  it('counts from before it was asked for', async () => {
    const { api, clock, cluster } = setUp();
    api.before = () => clock.sleep(6_000);
    const taking = cluster.acquireLease(ours);
    await clock.pass(12_000);
    const lease = await taking;
    api.before = () => new Promise(() => undefined);
    await clock.pass(8_900);
    expect(lease.lost.aborted).toBe(false);
    await clock.pass(200);
    expect(lease.lost.aborted).toBe(true);
  });

  describe('while this run itself takes the API down', () => {
    const away = () => failed('Unable to connect to the server: EOF');

    it('is not lost, and is renewed as soon as the API answers, before anybody may take it', async () => {
      const { api, clock, cluster, other } = setUp();
      const lease = await cluster.acquireLease(ours);
      const over = lease.expectOutage();
      api.answer = away;
      await clock.pass(120_000);
      expect(lease.lost.aborted).toBe(false);
      api.answer = () => undefined;
      const refusal = expect(other.acquireLease(theirs)).rejects.toMatchObject({ code: 'lock-held' });
      await clock.pass(16_000);
      await refusal;
      over();
      await clock.pass(30_000);
      expect(lease.lost.aborted).toBe(false);
      await lease.release();
    });

    it('is lost where somebody has taken it all the same', async () => {
      const { api, clock, cluster } = setUp();
      const lease = await cluster.acquireLease(ours);
      lease.expectOutage();
      api.answer = away;
      await clock.pass(60_000);
      api.put(path, { spec: { holderIdentity: 'run-b ops@there' } });
      api.answer = () => undefined;
      await clock.pass(2_000);
      expect(lease.lost.reason).toMatchObject({ code: 'lock-held' });
      await lease.release();
    });

    it('is lost once that should be over and the API is still away', async () => {
      const { api, clock, cluster } = setUp();
      const lease = await cluster.acquireLease(ours);
      const over = lease.expectOutage();
      api.answer = away;
      await clock.pass(60_000);
      over();
      over();
      await clock.pass(2_000);
      expect(lease.lost.reason).toMatchObject({ code: 'cluster-unreachable' });
      await lease.release();
    });
  });

  it('is taken up again without watching by the process that could not renew it', async () => {
    const { api, clock, cluster } = setUp();
    const lease = await cluster.acquireLease(ours);
    api.answer = () => failed('Unable to connect to the server: EOF');
    await clock.pass(20_000);
    expect(lease.lost.aborted).toBe(true);
    api.answer = () => undefined;
    await (await cluster.acquireLease(ours)).release();
  });
});
