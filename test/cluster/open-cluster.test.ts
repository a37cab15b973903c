import { describe, expect, it } from 'vitest';
import { openCluster } from '../../src/cluster/open-cluster.ts';
import { failed, fakeApi, fakeClock, refused } from './fake-api.ts';

const setUp = () => {
  const api = fakeApi();
  return { api, cluster: openCluster(api, { clock: { ...fakeClock(), sleep: async () => undefined } }) };
};

const nodePath = '/api/v1/nodes/w1';
const mark = { run: 'run-a', holder: 'ops@here', reason: 'why', at: '2026-11-21T02:14:05Z' };

describe('an object that is written back', () => {
  it('keeps what nodeprep does not know of', async () => {
    const { api, cluster } = setUp();
    api.put(nodePath, {
      metadata: { name: 'w1', uid: 'u', finalizers: ['x'] },
      spec: { novel: [1, null], taints: [] },
      status: { a: 1 },
    });
    await cluster.cordon('w1', mark);
    expect(api.objects.get(nodePath)).toMatchObject({
      metadata: { finalizers: ['x'] },
      spec: { novel: [1, null], taints: [], unschedulable: true },
      status: { a: 1 },
    });
  });

  it('is read again where somebody else was quicker', async () => {
    const { api, cluster } = setUp();
    api.put(nodePath, { metadata: { name: 'w1', uid: 'u' }, spec: {} });
    let conflicts = 3;
    api.answer = verb => {
      if (verb !== 'replace' || conflicts === 0) return undefined;
      conflicts -= 1;
      return refused('Conflict', 'the object has been modified');
    };
    await cluster.annotate('w1', { a: 'b' });
    expect(api.asked.filter(asked => asked.startsWith('replace'))).toHaveLength(4);
    expect(api.objects.get(nodePath)?.metadata.annotations).toEqual({ a: 'b' });
  });

  it('is given up where that never ends', async () => {
    const { api, cluster } = setUp();
    api.put(nodePath, { metadata: { name: 'w1', uid: 'u' }, spec: {} });
    api.answer = verb => (verb === 'replace' ? refused('Conflict', 'the object has been modified') : undefined);
    await expect(cluster.annotate('w1', { a: 'b' })).rejects.toMatchObject({ code: 'cluster-unreachable' });
  });
});

describe('a mark of ours', () => {
  it('that somebody has made illegible is still ours', async () => {
    const { api, cluster } = setUp();
    api.put(nodePath, {
      metadata: { name: 'w1', uid: 'u', annotations: { 'nodeprep.io/cordoned': 'x' } },
      spec: { unschedulable: true },
    });
    expect(await cluster.uncordon('w1')).toBe('lifted');
    expect(api.objects.get(nodePath)).toMatchObject({ metadata: { annotations: {} }, spec: {} });
  });

  it('on a node that somebody has uncordoned is set anew', async () => {
    const { api, cluster } = setUp();
    api.put(nodePath, { metadata: { name: 'w1', uid: 'u', annotations: { 'nodeprep.io/cordoned': '{}' } }, spec: {} });
    expect(await cluster.cordon('w1', mark)).toBe('ours');
    expect(api.objects.get(nodePath)).toMatchObject({
      metadata: { annotations: { 'nodeprep.io/cordoned': JSON.stringify(mark) } },
      spec: { unschedulable: true },
    });
  });
});

describe('an eviction', () => {
  const pod = { namespace: 'shop', name: 'cart-1', uid: 'u' };
  const evictWith = (answer: ReturnType<typeof failed>) => {
    const { api, cluster } = setUp();
    api.answer = () => answer;
    return cluster.evict(pod);
  };

  it.each([
    [
      'the budget is not known yet',
      'The disruption budget cart is still being processed by the server.',
      'The disruption budget cart is still being processed by the server',
    ],
    ['nothing more is told', '', "Cannot evict pod as it would violate the pod's disruption budget."],
  ])('is later where %s', async (_what, cause, reason) => {
    const stderr = `I1121 "Response Body" body="{\\"causes\\":[{\\"message\\":\\"${cause}\\"}]}"\nError from server (TooManyRequests): Cannot evict pod as it would violate the pod's disruption budget.\n`;
    expect(await evictWith(failed(stderr))).toEqual({ kind: 'later', reason });
  });

  it.each([
    ['gone', 'NotFound', 'pods "cart-1" not found'],
    [
      'gone',
      'Conflict',
      'the UID in the precondition (a) does not match the UID in record (b). The object might have been deleted and then recreated',
    ],
    ['gone', 'Conflict', 'Precondition failed: UID in precondition: a, UID in object meta: b'],
    [
      'later',
      'Conflict',
      'the object has been modified; please apply your changes to the latest version and try again',
    ],
  ])('is %s after %s: %s', async (kind, reason, message) => {
    expect(await evictWith(refused(reason, message))).toMatchObject({ kind });
  });

  it('that may not be is an error', async () => {
    await expect(evictWith(refused('Forbidden', 'no'))).rejects.toMatchObject({
      code: 'cluster-denied',
      message: expect.stringContaining('evict pod shop/cart-1'),
    });
  });
});

describe('what an API server says', () => {
  it('is asked for page by page, and begun again where it took too long', async () => {
    const { api, cluster } = setUp();
    const page = (name: string, next: string) => ({
      code: 0,
      stdout: JSON.stringify({
        metadata: { continue: next },
        items: [{ metadata: { name, uid: name }, spec: { containers: [] } }],
      }),
      stderr: '',
    });
    let expired = false;
    api.answer = (_verb, path) => {
      if (!path.includes('continue=')) return page('a', 'n/1');
      if (expired) return page('b', '');
      expired = true;
      return refused('Expired', 'The provided continue parameter is too old');
    };
    expect((await cluster.podsOn('w/1')).map(({ metadata }) => metadata.name)).toEqual(['a', 'b']);
    expect(api.asked[1]).toBe('get /api/v1/pods?fieldSelector=spec.nodeName%3Dw%2F1&limit=500&continue=n%2F1');
    expect(api.asked).toHaveLength(4);
    expect(cluster.requests()).toBe(4);
  });

  it.each([
    ['<html>', 'it is not JSON: <html>'],
    ['{"kind":"Pod"}', 'Pod (without a name) cannot be read: metadata'],
    [
      JSON.stringify({ metadata: { name: 'x\u001b', namespace: 'n', uid: 'u' }, spec: { containers: 3 } }),
      'Pod n/x\\x1b cannot be read: spec.containers',
    ],
  ])('is an error that names the object: %s', async (stdout, message) => {
    const { api, cluster } = setUp();
    api.answer = () => ({ code: 0, stdout, stderr: '' });
    await expect(cluster.pod('n', 'x')).rejects.toMatchObject({
      code: 'answer-malformed',
      message: expect.stringContaining(message),
    });
  });

  it('may hold null where something is absent, and fields that nobody knows', async () => {
    const { api, cluster } = setUp();
    const pod = {
      metadata: { name: 'p', uid: 'u', labels: null, creationTimestamp: null, managedFields: [{ a: 1 }], novel: 1 },
      spec: { containers: [{ name: 'main', image: 'x', resources: {} }], volumes: null },
      status: {},
    };
    api.answer = () => ({ code: 0, stdout: JSON.stringify(pod), stderr: '' });
    expect(await cluster.pod('n', 'p')).toEqual({
      metadata: { name: 'p', uid: 'u' },
      spec: { containers: [{ name: 'main', resources: {} }] },
      status: {},
    });
  });
});

describe('the API server is healthy', () => {
  it.each([
    [{ code: 0, stdout: 'ok', stderr: '' }, true],
    [
      failed(
        'Error from server (InternalError): an error on the server ("unknown") has prevented the request from succeeding',
      ),
      false,
    ],
    [failed('The connection to the server 10.0.0.1:6443 was refused - did you specify the right host or port?'), false],
  ])('%j: %s', async (answer, healthy) => {
    const { api, cluster } = setUp();
    api.answer = () => answer;
    expect(await cluster.isHealthy()).toBe(healthy);
  });

  it('or it does not let us ask, which is an error', async () => {
    const { api, cluster } = setUp();
    api.answer = () => refused('Forbidden', 'forbidden: User "x" cannot get path "/readyz"');
    await expect(cluster.isHealthy()).rejects.toMatchObject({ code: 'cluster-denied' });
  });
});

describe('rights', () => {
  const rules = (...resourceRules: readonly object[]) => ({ status: { resourceRules, incomplete: true } });
  const all = { verbs: ['*'], apiGroups: ['*'], resources: ['*'] };

  it('of an administrator are told by two requests', async () => {
    const { api, cluster } = setUp();
    api.answer = () => ({ code: 0, stdout: JSON.stringify(rules(all)), stderr: '' });
    await cluster.requireRights('rollout');
    expect(cluster.requests()).toBe(2);
  });

  it('that no rule shows are asked for one by one: another authorizer may give them', async () => {
    const { api, cluster } = setUp();
    api.answer = (_verb, path, body) => {
      if (path.endsWith('selfsubjectrulesreviews')) return { code: 0, stdout: JSON.stringify(rules()), stderr: '' };
      const { resourceAttributes } = (body as { spec: { resourceAttributes: { resource: string } } }).spec;
      return {
        code: 0,
        stdout: JSON.stringify({ status: { allowed: resourceAttributes.resource !== 'nodes' } }),
        stderr: '',
      };
    };
    await expect(cluster.requireRights('plan')).rejects.toMatchObject({
      code: 'cluster-denied',
      message: 'prod.conf does not let this user do what is needed: get nodes, list nodes',
    });
  });

  it('in one namespace are none in all, and for one name none for others', async () => {
    const { api, cluster } = setUp();
    api.answer = (_verb, path, body) => {
      const { namespace } = (body as { spec: { namespace?: string } }).spec;
      const here = namespace === 'kube-system' ? rules(all) : rules({ ...all, resourceNames: ['other'] });
      const answer = path.endsWith('selfsubjectrulesreviews') ? here : { status: { allowed: false } };
      return { code: 0, stdout: JSON.stringify(answer), stderr: '' };
    };
    await expect(cluster.requireRights('rollout')).rejects.toMatchObject({
      message: expect.stringMatching(/get namespaces kube-system, get nodes.*create pods\/eviction$/),
    });
  });
});

describe('the kubelet-config of the cluster', () => {
  const path = '/api/v1/namespaces/kube-system/configmaps/kubelet-config';
  const setUp = (carriedOut: string) => {
    const api = fakeApi();
    api.put(path, { data: { kubelet: 'old' } });
    api.answer = verb => {
      if (verb !== 'replace') return undefined;
      api.put(path, { data: { kubelet: carriedOut } });
      return refused('Conflict', 'the object has been modified');
    };
    const resourceVersion = api.objects.get(path)?.metadata.resourceVersion ?? '';
    return openCluster(api).writeKubeletConfig({ text: 'new', resourceVersion, run: 'run-a' });
  };

  it('is written where a first write was carried out and the second conflicts with it', async () => {
    await expect(setUp('new')).resolves.toBeUndefined();
  });

  it('is refused where somebody else was quicker', async () => {
    await expect(setUp('theirs')).rejects.toMatchObject({ code: 'guard-mismatch' });
  });
});
