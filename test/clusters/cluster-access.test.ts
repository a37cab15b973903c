import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Cluster } from '../../src/cluster/cluster.ts';
import { openHostKubectl } from '../../src/cluster/host-kubectl.ts';
import { openLocalKubectl } from '../../src/cluster/local-kubectl.ts';
import { openCluster } from '../../src/cluster/open-cluster.ts';
import { shellConnection } from '../cri/shell-connection.ts';
import { bootCluster, budget, deployment, type LabCluster, requireClusterLab } from '../lab/cluster/index.ts';
import { sshArgs } from '../lab/index.ts';

const reason = requireClusterLab();
const roleFile = new URL('../../templates/cluster/nodeprep-clusterrole.yaml', import.meta.url);
const mark = { run: '20261121-021405-k3f9', holder: 'ops@here', reason: 'cgroup driver', at: '2026-11-21T02:14:05Z' };
const ours = { run: mark.run, holder: mark.holder };
const theirs = { run: 'run-b', holder: 'ops@there' };

describe.skipIf(reason)(`access to a cluster${reason ? ` (${reason})` : ''}`, () => {
  let cluster: LabCluster;
  let admin: Cluster;

  const open = (kubeconfig: string, context?: string): Cluster => {
    const env = { ...process.env, PATH: `${cluster.programs}:${process.env.PATH}` };
    return openCluster(openLocalKubectl({ kubeconfig, context, name: kubeconfig, env }));
  };
  const podsOf = async (app: string) => {
    const pods = await admin.podsOn('w1');
    return pods.filter(({ metadata }) => metadata.labels?.app === app);
  };
  const podOf = async (app: string) => {
    const [pod] = await podsOf(app);
    if (pod === undefined) throw new Error(`no pod of ${app}`);
    return { namespace: 'default', name: pod.metadata.name, uid: pod.metadata.uid };
  };

  beforeAll(async () => {
    cluster = await bootCluster({ nodes: [{ name: 'cp1', role: 'control-plane' }, { name: 'w1' }] });
    admin = open(cluster.kubeconfig);
    await cluster.apply(deployment('web', 2), deployment('twice', 1), deployment('free', 1));
    await cluster.apply(budget('web', { minAvailable: 2 }), budget('twice', { minAvailable: 0 }));
    const second = budget('twice', { maxUnavailable: 1 });
    await cluster.apply({ ...second, metadata: { ...second.metadata, name: 'also' } });
    for (const [app, count] of [
      ['web', 2],
      ['twice', 1],
      ['free', 1],
    ] as const)
      await cluster.waitPods(app, count);
  });
  afterAll(() => cluster?.remove());

  it('gathers everything in fourteen requests', async () => {
    const fresh = open(cluster.kubeconfig);
    const started = performance.now();
    const facts = await fresh.gather();
    console.log(`gathered in ${Math.round(performance.now() - started)} ms, ${fresh.requests()} requests`);
    expect(fresh.requests()).toBe(14);
    expect(facts.uid).toMatch(/^[0-9a-f-]{36}$/);
    expect(facts.serverVersion).toMatch(/^1\.34\.\d+$/);
    expect(facts.clientVersion).toBe(facts.serverVersion);
    expect(facts.nodes.map(({ metadata }) => metadata.name).toSorted()).toEqual(['cp1', 'w1']);
    const [node] = facts.nodes.filter(({ metadata }) => metadata.name === 'w1');
    expect(node?.status.nodeInfo?.machineID).toMatch(/^[0-9a-f]{32}$/);
    expect(node?.status.addresses).toContainEqual({ type: 'InternalIP', address: cluster.node('w1').address });
    expect(facts.pods.filter(({ metadata }) => metadata.labels?.app === 'web')).toHaveLength(2);
    expect(facts.budgets.map(({ metadata }) => metadata.name).toSorted()).toEqual(['also', 'twice', 'web']);
    expect(facts.workloads).toContainEqual(expect.objectContaining({ kind: 'Deployment', wanted: 2, available: 2 }));
    expect(facts.kubeletConfig).toMatchObject({
      known: true,
      value: {
        text: expect.stringContaining('cgroupDriver: systemd'),
        resourceVersion: expect.stringMatching(/^\d+$/),
      },
    });
    expect(facts.kubeadmConfig).toMatchObject({
      known: true,
      value: { text: expect.stringContaining('kind: ClusterConfiguration') },
    });
  });

  describe('cordon', () => {
    it('marks and cordons in one write, and lifts both', async () => {
      const before = await admin.node('w1');
      const requests = admin.requests();
      expect(await admin.cordon('w1', mark)).toBe('ours');
      expect(admin.requests() - requests).toBe(2);
      const cordoned = await admin.node('w1');
      expect(cordoned?.spec.unschedulable).toBe(true);
      expect(JSON.parse(cordoned?.metadata.annotations?.['nodeprep.io/cordoned'] ?? '')).toEqual(mark);
      expect(await admin.cordon('w1', { ...mark, run: 'later' })).toBe('ours');
      expect(await admin.uncordon('w1')).toBe('lifted');
      const after = await admin.node('w1');
      expect(after?.spec.unschedulable).toBeUndefined();
      expect(after?.metadata.annotations).toEqual(before?.metadata.annotations);
      expect(await admin.uncordon('w1')).toBe('not-ours');
    });

    it('leaves alone what somebody else has cordoned', async () => {
      await cluster.kubectl('cordon', 'w1');
      const before = await admin.node('w1');
      expect(await admin.cordon('w1', mark)).toBe('other');
      expect(await admin.uncordon('w1')).toBe('not-ours');
      expect((await admin.node('w1'))?.metadata.resourceVersion).toBe(before?.metadata.resourceVersion);
      await cluster.kubectl('uncordon', 'w1');
    });

    it('loses nothing that others write at the same time', async () => {
      const labels = Array.from({ length: 8 }, (_, index) => `lab.invalid/label-${index}=x`);
      await Promise.all([
        ...labels.map(label => cluster.kubectl('label', 'node', 'w1', label)),
        admin.cordon('w1', mark),
        admin.annotate('w1', { 'lab.invalid/a': '1' }),
        admin.annotate('w1', { 'lab.invalid/b': '2' }),
      ]);
      const node = await admin.node('w1');
      expect(node?.metadata.labels).toMatchObject({ 'lab.invalid/label-0': 'x', 'lab.invalid/label-7': 'x' });
      expect(node?.metadata.annotations).toMatchObject({ 'lab.invalid/a': '1', 'lab.invalid/b': '2' });
      expect(node?.spec.unschedulable).toBe(true);
      await admin.uncordon('w1');
      await admin.annotate('w1', { 'lab.invalid/a': null, 'lab.invalid/b': null });
      expect((await admin.node('w1'))?.metadata.annotations).not.toHaveProperty(['lab.invalid/a']);
    });

    it('names a node that is not there', async () => {
      expect(await admin.node('w9')).toBeUndefined();
      await expect(admin.cordon('w9', mark)).rejects.toMatchObject({
        code: 'cluster-mismatch',
        message: expect.stringContaining('cordon node w9'),
      });
    });
  });

  describe('eviction', () => {
    it('waits for a budget that allows none now, and says which', async () => {
      expect(await admin.evict(await podOf('web'))).toEqual({
        kind: 'later',
        reason: 'The disruption budget web needs 2 healthy pods and has 2 currently',
      });
    });

    it('names the two budgets that together allow none ever', async () => {
      await expect(admin.evict(await podOf('twice'))).rejects.toMatchObject({
        code: 'drain-infeasible',
        message: expect.stringMatching(/PodDisruptionBudgets (also and twice|twice and also)/),
      });
    });

    it('does not touch another pod of the same name', async () => {
      const pod = await podOf('free');
      expect(await admin.evict({ ...pod, uid: '00000000-0000-0000-0000-000000000000' })).toEqual({ kind: 'gone' });
      expect((await admin.pod('default', pod.name))?.metadata.deletionTimestamp).toBeUndefined();
      expect(await admin.evict(pod)).toEqual({ kind: 'accepted' });
      await expect.poll(() => admin.pod('default', pod.name), { timeout: 60_000 }).toBeUndefined();
      expect(await admin.evict(pod)).toEqual({ kind: 'gone' });
    });
  });

  describe('the lock', () => {
    it('is held by one of two, and passed on when it is let go', async () => {
      const other = open(cluster.kubeconfig);
      const lease = await admin.acquireLease(ours);
      await expect(other.acquireLease(theirs)).rejects.toMatchObject({
        code: 'lock-held',
        message: expect.stringContaining(`run ${ours.run} by ${ours.holder}`),
      });
      expect(lease.lost.aborted).toBe(false);
      await lease.release();
      const second = await other.acquireLease(theirs);
      expect(await cluster.kubectl('-n', 'kube-system', 'get', 'lease', 'nodeprep', '-o', 'wide')).toContain('run-b');
      await second.release();
    });

    it('is taken over from a holder that is gone', async () => {
      const other = open(cluster.kubeconfig);
      // Ends without a word, as a killed process does.
      await cluster.apply(abandonedLease);
      const lease = await other.acquireLease(theirs);
      expect(lease.lost.aborted).toBe(false);
      await lease.release();
    });
  });

  describe('the kubelet-config of the cluster', () => {
    it('is written once, guarded, with the old text kept', async () => {
      const { kubeletConfig } = await admin.gather();
      if (!kubeletConfig.known || kubeletConfig.value === undefined) throw new Error('no kubelet-config');
      const { text, resourceVersion } = kubeletConfig.value;
      const changed = text.replace('cgroupDriver: systemd', 'cgroupDriver: cgroupfs');
      const change = { text: changed, resourceVersion, run: mark.run };
      await cluster.kubectl('-n', 'kube-system', 'annotate', 'configmap', 'kubelet-config', 'lab.invalid/by=somebody');
      await expect(admin.writeKubeletConfig(change)).rejects.toMatchObject({
        code: 'guard-mismatch',
        message: expect.stringContaining(`resource version ${resourceVersion}, now `),
      });
      expect(await admin.kubeletConfigBackups()).toEqual([]);

      const now = await admin.gather();
      if (!now.kubeletConfig.known || now.kubeletConfig.value === undefined) throw new Error('no kubelet-config');
      const again = { ...change, resourceVersion: now.kubeletConfig.value.resourceVersion };
      await admin.writeKubeletConfig(again);
      await admin.writeKubeletConfig(again);
      expect(await admin.kubeletConfigBackups()).toEqual([{ run: mark.run, text }]);
      const written = await cluster.kubectl('-n', 'kube-system', 'get', 'configmap', 'kubelet-config', '-o', 'json');
      expect(JSON.parse(written)).toMatchObject({
        data: { kubelet: changed },
        metadata: { annotations: { 'lab.invalid/by': 'somebody' } },
      });
    });
  });

  describe('rights', () => {
    it('are told all at once where there are none', async () => {
      const nobody = open(await cluster.kubeconfigOf({ user: 'nobody' }));
      const refusal = await nobody.requireRights('rollout').catch((error: unknown) => error);
      expect(refusal).toMatchObject({
        code: 'cluster-denied',
        hint: expect.stringContaining('templates/cluster/nodeprep-clusterrole.yaml'),
      });
      expect(String(refusal)).toContain('get namespaces kube-system, get nodes, list nodes');
      expect(String(refusal)).toContain('create pods/eviction');
      expect(String(refusal)).toContain('update leases.coordination.k8s.io nodeprep in kube-system');
      await expect(nobody.gather()).rejects.toMatchObject({ code: 'cluster-denied' });
    });

    it('of the roles in templates/cluster suffice for everything', async () => {
      await cluster.apply(readFileSync(roleFile, 'utf8'));
      await cluster.kubectl('create', 'clusterrolebinding', 'nodeprep', '--clusterrole=nodeprep', '--user=ops');
      await cluster.kubectl('-n', 'kube-system', 'create', 'rolebinding', 'nodeprep', '--role=nodeprep', '--user=ops');
      const ops = open(await cluster.kubeconfigOf({ user: 'ops' }));
      await expect.poll(() => ops.requireRights('rollout').then(() => true, String), { timeout: 10_000 }).toBe(true);

      const { kubeletConfig, pods } = await ops.gather();
      expect(pods.length).toBeGreaterThan(3);
      expect(await ops.isHealthy()).toBe(true);
      expect(await ops.cordon('w1', mark)).toBe('ours');
      await ops.annotate('w1', { 'lab.invalid/c': '3' });
      const [pod] = (await ops.podsOn('w1')).filter(({ metadata }) => metadata.labels?.app === 'free');
      if (pod === undefined) throw new Error('no pod to evict');
      const { name, uid, namespace = '' } = pod.metadata;
      expect(await ops.evict({ namespace, name, uid })).toEqual({ kind: 'accepted' });
      expect(await ops.evict(await podOf('web'))).toMatchObject({ kind: 'later' });
      await expect(ops.evict(await podOf('twice'))).rejects.toMatchObject({ code: 'drain-infeasible' });
      expect((await ops.workloads()).length).toBeGreaterThan(0);
      expect(await ops.uncordon('w1')).toBe('lifted');
      if (!kubeletConfig.known || kubeletConfig.value === undefined) throw new Error('no kubelet-config');
      await ops.writeKubeletConfig({
        ...kubeletConfig.value,
        text: `${kubeletConfig.value.text}# more\n`,
        run: 'role',
      });
      expect(await ops.kubeletConfigBackups()).toMatchObject([{ run: 'role' }, { run: mark.run }]);
      await (await ops.acquireLease(ours)).release();
    });

    it('that are taken away are named, each', async () => {
      const ops = open(await cluster.kubeconfigOf({ user: 'ops' }));
      for (const [kind, namespace] of [
        ['clusterrole', []],
        ['role', ['-n', 'kube-system']],
      ] as const) {
        const text = await cluster.kubectl(...namespace, 'get', kind, 'nodeprep', '-o', 'json');
        const role = JSON.parse(text) as { rules: { resources?: string[]; verbs: string[] }[] };
        for (const rule of role.rules) {
          if (rule.resources === undefined) continue;
          const less = JSON.stringify({
            ...role,
            rules: role.rules.filter(other => other !== rule),
            metadata: { name: 'nodeprep', ...(namespace.length > 0 ? { namespace: 'kube-system' } : {}) },
          });
          await cluster.tryKubectl([...namespace, 'replace', '-f', '-'], { input: less });
          for (const resource of rule.resources) {
            const told = () => ops.requireRights('rollout').then(() => 'nothing is missing', String);
            await expect.poll(told, { timeout: 10_000 }).toContain(`${rule.verbs[0]} ${resource.split('/')[0]}`);
          }
        }
        await cluster.apply(readFileSync(roleFile, 'utf8'));
      }
      await expect.poll(() => ops.requireRights('rollout').then(() => true, String), { timeout: 10_000 }).toBe(true);
    });
  });

  describe('a kubeconfig', () => {
    const refusalOf = (of: Cluster) =>
      of.gather().then(
        () => 'gathered',
        (error: unknown) => error,
      );

    it('that is not there is named', async () => {
      expect(await refusalOf(open('/nowhere/config'))).toMatchObject({
        code: 'cluster-unreachable',
        message: expect.stringContaining('stat /nowhere/config: no such file or directory'),
        hint: expect.stringContaining('cluster.kubeconfig'),
      });
    });

    it('without that context says which there are', async () => {
      expect(await refusalOf(open(cluster.kubeconfig, 'prod'))).toMatchObject({
        code: 'cluster-unreachable',
        message: expect.stringMatching(/there is no context prod in .*; it has: .*kubernetes-admin@/),
      });
    });

    it('with a certificate that has ended says when that was', async () => {
      const file = await cluster.kubeconfigOf({ user: 'late', validFor: '1s' });
      await new Promise(resolve => setTimeout(resolve, 2_000));
      expect(await refusalOf(open(file))).toMatchObject({
        code: 'cluster-denied',
        message: expect.stringMatching(/does not know this user.*valid until 20\d\d-/),
      });
    });

    it('of a cluster that has been built anew is told apart from one that is down', async () => {
      const foreign = `${cluster.kubeconfig}.foreign`;
      const text = readFileSync(cluster.kubeconfig, 'utf8');
      const authority = /certificate-authority-data: .*/.exec(text)?.[0] ?? '';
      const other = /client-certificate-data: (.*)/.exec(text)?.[1] ?? '';
      await writeFile(foreign, text.replace(authority, `certificate-authority-data: ${other}`), { mode: 0o600 });
      expect(await refusalOf(open(foreign))).toMatchObject({
        code: 'cluster-unreachable',
        message: expect.stringContaining('cannot be trusted'),
        hint: expect.stringContaining('another authority'),
      });
    });
  });

  describe('kubectl on a control-plane host', () => {
    const host = (name: string) => ({
      name,
      open: async () => {
        const node = cluster.node(name);
        return shellConnection(['ssh', '-T', ...sshArgs(node.user, node.address), 'sudo -n sh -s']);
      },
    });

    it('does the same', async () => {
      const via = openCluster(openHostKubectl([host('cp1')]));
      const [there, here] = [await via.gather(), await admin.gather()];
      expect(there.uid).toBe(here.uid);
      expect(there.nodes).toHaveLength(2);
      expect(await via.cordon('w1', mark)).toBe('ours');
      expect(await via.uncordon('w1')).toBe('lifted');
      expect(await via.evict(await podOf('web'))).toMatchObject({
        kind: 'later',
        reason: expect.stringContaining('web needs 2'),
      });
      await via.close();
    });

    it('passes over a host without kubeconfig, and over one that is being changed', async () => {
      const via = openCluster(openHostKubectl([host('w1'), host('cp1')]));
      expect((await via.node('w1'))?.metadata.name).toBe('w1');
      const lift = via.avoid('cp1');
      await expect(via.node('w1')).rejects.toMatchObject({ message: expect.stringContaining('w1 has no kubeconfig') });
      const liftToo = via.avoid('w1');
      await expect(via.node('w1')).rejects.toMatchObject({
        code: 'cluster-unreachable',
        message: expect.stringContaining('being changed now: w1, cp1'),
      });
      lift();
      liftToo();
      expect((await via.node('w1'))?.metadata.name).toBe('w1');
      await via.close();
    });
  });

  it('says that the API server is away, and comes back with it', async () => {
    expect(await admin.isHealthy()).toBe(true);
    await cluster.stop('kube-apiserver');
    expect(await admin.isHealthy()).toBe(false);
    await expect(admin.node('w1')).rejects.toMatchObject({
      code: 'cluster-unreachable',
      message: expect.stringContaining('refuses connections'),
      hint: expect.stringContaining('get --raw /readyz'),
    });
    await cluster.start('kube-apiserver');
    expect(await admin.isHealthy()).toBe(true);
    expect((await admin.node('w1'))?.metadata.name).toBe('w1');
  });
});

const abandonedLease = {
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  metadata: { name: 'nodeprep', namespace: 'kube-system' },
  spec: { holderIdentity: 'run-x ops@gone', leaseDurationSeconds: 15 },
} as const;
