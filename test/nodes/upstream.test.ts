import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { planRepository } from '../../src/installers/repository/plan.ts';
import { debian } from '../../src/os/debian.ts';
import { desiredNode } from '../desired.ts';
import { baseProblem, bootNode, importPause, type LabNode, requireLab, type Suite } from '../lab/index.ts';
import {
  containerdIo,
  containerdIo2,
  makeSigningKey,
  openUpstream,
  type UpstreamRepository,
} from '../lab/upstream/index.ts';
import { bareFacts } from '../plan/facts.ts';
import { driveNode, nodeState, recoverNode } from './apply-node.ts';
import { hostOf } from './support/cli.ts';
import { letGo, stopAt } from './support/host-points.ts';
import { type UpstreamRuns, upstreamRuns } from './support/upstream-runs.ts';
import { at, openWorkplace, type Workplace } from './support/workplace.ts';

const isMatrix = process.env.NODEPREP_MATRIX === '1';
const suites: readonly Suite[] = isMatrix ? ['bookworm', 'trixie'] : ['trixie'];

const sources = '/etc/apt/sources.list.d/nodeprep-docker.sources';
const key = '/etc/apt/keyrings/nodeprep-docker.gpg';

describe.each(suites)("containerd.io from upstream's repository on %s", async suite => {
  const reason = requireLab() ?? (await baseProblem(suite));
  describe.skipIf(reason)(reason ?? 'a bare node', () => fromUpstream(suite));
});

function fromUpstream(suite: Suite): void {
  let node: LabNode;
  let place: Workplace;
  let upstream: UpstreamRepository;
  let host: UpstreamRuns;

  beforeAll(async () => {
    place = await openWorkplace();
    node = await bootNode({ suite });
    upstream = await openUpstream(node);
    await upstream.offer(containerdIo(), containerdIo('1.7.23-1'));
    await upstream.publish();
    host = upstreamRuns(place, node, upstream, () => node.sh('ls /var/lib/apt/lists'));
  });
  afterAll(async () => {
    await upstream?.close();
    await node?.remove();
    place?.remove();
  });

  it('shows the repository and what follows it', async () => {
    const { code, run } = await host.plan();
    expect(code).toBe(4);
    expect(run.hosts[0]?.changes.map(({ kind, target }) => `${kind} ${target}`)).toEqual(
      expect.arrayContaining([`repository-key ${key}`, `file ${sources}`, `package-lists ${sources}`]),
    );
    expect(upstream.requests).toEqual([]);
  });

  it('refuses another key before anything is done', async () => {
    const other = await host.unchanged({ repository: { fingerprint: 'AB'.repeat(20) } });
    expect(other).toMatchObject({ code: 5, state: 'refused', outcome: 'unchanged' });
    expect(other.message).toContain(`is ${upstream.fingerprint}; expected ${'AB'.repeat(20)}`);
    upstream.instead.set('/linux/gpg', '<html>not here</html>\n');
    const none = await host.unchanged();
    expect(none).toMatchObject({ code: 5, state: 'refused', outcome: 'unchanged' });
    expect(none.message).toMatch(/is no OpenPGP key/);
    upstream.instead.delete('/linux/gpg');
  });

  it('takes back the repository where it does not have the version, and names those that it has', async () => {
    const ended = await host.unchanged({ version: '1.6' });
    expect(ended).toMatchObject({ code: 3, outcome: 'reverted' });
    expect(ended.message).toMatch(/containerd\.io 1\.6 is not on offer.*1\.7\.24-1, 1\.7\.23-1/s);
  });

  describe.runIf(isMatrix)('and whatever else may be wrong, or there already', () => {
    it('a key that expired is refused before anything is done', async () => {
      const expired = await makeSigningKey({ expired: true });
      upstream.instead.set('/linux/gpg', expired.publicKey);
      const ended = await host.unchanged({ repository: { fingerprint: expired.fingerprint } });
      upstream.instead.delete('/linux/gpg');
      await expired.dispose();
      expect(ended).toMatchObject({ code: 5, state: 'refused', outcome: 'unchanged' });
      expect(ended.message).toMatch(/expired on 2024-01-02/);
    });

    it('a key that is not there leaves the host as it is', async () => {
      upstream.instead.set('/linux/gpg', 404);
      const ended = await host.unchanged();
      upstream.instead.delete('/linux/gpg');
      expect(ended).toMatchObject({ code: 3, outcome: 'unchanged' });
      expect(ended.message).toMatch(/could not be fetched from .*404/s);
    });

    it('a key that only the proxy of the inventory can fetch is fetched once apt has that proxy', async () => {
      upstream.instead.set('/linux/gpg', 404);
      const asBefore = await host.remember();
      const runtime = { source: 'upstream', repository: { url: upstream.url, fingerprint: upstream.fingerprint } };
      const proxy = { http: new URL(upstream.url).origin };
      const inventory = place.inventory('proxied', { host: at(node, { runtime, proxy }) });
      const done = await place.json(['apply', inventory, '--yes']);
      expect({ code: done.code, error: hostOf(done, 'host').error }).toEqual({ code: 0, error: undefined });
      expect((await place.json(['rollback', inventory, '--yes'])).code).toBe(0);
      upstream.instead.delete('/linux/gpg');
      await asBefore();
    });

    it('lists that another key has signed are not accepted, and everything is taken back', async () => {
      const other = await makeSigningKey();
      await upstream.publish(other);
      const ended = await host.unchanged();
      await upstream.publish();
      await other.dispose();
      expect(ended).toMatchObject({ code: 3, outcome: 'reverted' });
      expect(ended.message).toMatch(/apt does not accept the repository/);
    });

    it('lists that are not there', async () => {
      const ended = await host.unchanged({ repository: { suite: 'nowhere' } });
      expect(ended).toMatchObject({ code: 3, outcome: 'reverted' });
      expect(ended.message).toMatch(/apt does not accept the repository/);
    });

    it('a key beside the inventory, with the repository in the layout of CRI-O', async () => {
      writeFileSync(place.path('key.asc'), upstream.publicKey);
      const repository = { url: upstream.flatUrl, suite: '/', key: { file: './key.asc' } };
      const asBefore = await host.remember();
      await host.applied({ version: '1.7.23', repository });

      // Held at that version by the run before; an inventory that asks for another one overrules that.
      const newer = await host.applied({ version: '1.7.24', repository });
      expect(newer.changes.map(({ kind }) => kind)).toContain('package');
      await host.rolledBack();
      await host.rolledBack();
      await asBefore();
    });

    it("somebody else's source is used, and no second one is added", async () => {
      await node.sh(`cat >/etc/apt/keyrings/docker.asc`, { input: upstream.publicKey });
      const line = `deb [signed-by=/etc/apt/keyrings/docker.asc] ${upstream.url} ${suite} stable`;
      await node.sh(`echo '${line}' >/etc/apt/sources.list.d/docker.list && apt-get update -qq`);
      const asBefore = await host.remember();
      await host.applied();
      expect(await node.sh('ls /etc/apt/sources.list.d /etc/apt/keyrings')).not.toContain('nodeprep');
      await host.rolledBack();
      await asBefore();
      await node.sh('rm /etc/apt/sources.list.d/docker.list /etc/apt/keyrings/docker.asc && apt-get update -qq');
    });

    it('comes in the line that docker.com has today, with its own configuration', async () => {
      await upstream.offer(containerdIo2());
      await upstream.publish();
      const asBefore = await host.remember();
      const done = await host.applied({ version: '2.2' });
      expect(done.runtime).toMatchObject({
        cgroupDriver: 'systemd',
        cgroupDriverFrom: 'RuntimeConfig',
      });
      expect(await node.sh('grep -c "^version = 3" /etc/containerd/config.toml')).toBe('1');
      await host.rolledBack();
      await asBefore();
      upstream.withdraw('containerd.io', '2.2.0-1');
      await upstream.publish();
    });

    it('a configuration that was there before it is kept, edited, and comes back as it was', async () => {
      const foreign = `# Of ours
version = 2
[metrics]
  address = "127.0.0.1:1338" # scraped
[plugins."io.containerd.grpc.v1.cri".registry]
  config_path = "/etc/containerd/certs.d"
`;
      await node.sh('mkdir -p /etc/containerd && cat >/etc/containerd/config.toml', { input: foreign });
      const asBefore = await host.remember();
      await host.applied();
      const text = await node.sh('cat /etc/containerd/config.toml');
      expect(text).toContain('address = "127.0.0.1:1338" # scraped');
      expect(text).toContain('SystemdCgroup = true');
      await host.rolledBack();
      await asBefore();
      await node.sh('rm -r /etc/containerd');
    });

    it('with 2.x its configuration comes to the schema of 2.x, mirrors of registries to hosts.toml, and back', async () => {
      const foreign = `# Of ours
version = 2
[plugins."io.containerd.grpc.v1.cri"]
  max_concurrent_downloads = 7 # a slow line
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      systemdCgroup = true # as kubespray writes it
  [plugins."io.containerd.grpc.v1.cri".registry.mirrors."docker.io"]
    endpoint = ["https://mirror.example.com"]
`;
      await node.sh('mkdir -p /etc/containerd && cat >/etc/containerd/config.toml', { input: foreign });
      await host.applied({ version: '1.7' });
      await upstream.offer(containerdIo2());
      await upstream.publish();
      await node.sh('apt-get update -qq');
      const asBefore = await host.remember();
      const done = await host.applied({ version: '2.2' });
      expect(done.runtime).toMatchObject({
        cgroupDriver: 'systemd',
        cgroupDriverFrom: 'RuntimeConfig',
      });
      const text = await node.sh('cat /etc/containerd/config.toml');
      expect(text).toContain('version = 3');
      expect(text).toContain('[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc.options]');
      expect(text).toContain('max_concurrent_downloads = 7 # a slow line');
      expect(text).toContain('systemdCgroup = true # as kubespray writes it');
      expect(text).not.toContain('mirrors');
      expect(await node.sh('cat /etc/containerd/certs.d/docker.io/hosts.toml')).toContain('https://mirror.example.com');
      expect(await node.sh('containerd config dump 2>/dev/null')).toContain('max_concurrent_downloads = 7');
      await host.rolledBack();
      await asBefore();
      await host.rolledBack();
      expect(await node.sh('cat /etc/containerd/config.toml')).toBe(foreign.trimEnd());
      upstream.withdraw('containerd.io', '2.2.0-1');
      await upstream.publish();
      await node.sh('rm -r /etc/containerd');
    });

    it('killed at every point of the host program, nothing of the repository stays', async () => {
      const { changes } = planRepository(
        {
          ...bareFacts,
          sources: bareFacts.aptSources,
          osRelease: { ...bareFacts.osRelease, codename: suite },
        },
        desiredNode({
          runtime: { source: 'upstream', repository: { url: upstream.url, fingerprint: upstream.fingerprint } },
        }),
        debian,
      );
      const lists = (): Promise<string> => node.sh('ls /var/lib/apt/lists');
      const before = { state: await nodeState(node), lists: await lists() };
      let point = 1;
      for (; ; point += 1) {
        await stopAt(node, point, 'kill');
        const run = await driveNode(node, changes);
        if (run.end.kind === 'settled') break;
        await letGo(node);
        for (const settled of await recoverNode(node)) expect(settled.end).toMatchObject({ kind: 'settled' });
        expect({ state: await nodeState(node), lists: await lists() }, `point ${point}`).toEqual(before);
      }
      expect(point).toBeGreaterThan(20);
      await letGo(node);
      await host.rolledBack();
      expect({ state: await nodeState(node), lists: await lists() }).toEqual(before);
    });

    it("takes the place of the distribution's packages by consent, keeps what they leave, and gives them back", async () => {
      await node.sh('apt-get install -y -qq --no-install-recommends containerd >/dev/null');
      await node.sh("mkdir -p /etc/containerd && printf '# Of ours\\nversion = 2\\n' >/etc/containerd/config.toml");
      await node.sh('systemctl restart containerd');
      await importPause(node, ['registry.k8s.io/pause:3.10']);
      const asBefore = await host.remember();
      const ended = await host.unchanged({ version: '1.7' });
      expect(ended).toMatchObject({ code: 5, state: 'refused' });
      expect(ended.message).toMatch(
        /^containerd \S+, runc \S+ is on this host, and the inventory asks for containerd\.io/,
      );

      await host.applied({ version: '1.7', flags: ['--allow-migration'] });
      expect(await node.sh("dpkg -l containerd.io containerd runc | awk '/^[a-z]i|^ri/ { print $1, $2 }'")).toBe(
        'hi containerd.io',
      );
      expect(await node.sh('ctr -n k8s.io images ls -q')).toContain('registry.k8s.io/pause:3.10');
      expect(await node.sh('head -n 1 /etc/containerd/config.toml')).toBe('# Of ours');

      await host.rolledBack();
      await asBefore();
      expect(await node.sh('ctr -n k8s.io images ls -q')).toContain('registry.k8s.io/pause:3.10');
      await node.sh('apt-get purge -y -qq containerd runc >/dev/null; rm -rf /etc/containerd');
    });
  });

  it('comes with CRI and the driver on, is proved, and goes without a trace', async () => {
    const asBefore = await host.remember();
    const saved = place.path('plan.json');
    const inventory = host.asking({ version: '1.7' });
    expect((await place.json(['plan', inventory, '--out', saved])).code).toBe(0);
    const done = await place.json(['apply', inventory, '--plan', saved, '--yes']);
    expect({ code: done.code, error: hostOf(done, 'host').error }).toEqual({ code: 0, error: undefined });
    expect(hostOf(done, 'host')).toMatchObject({
      outcome: 'changed',
      runtime: { name: 'containerd', cgroupDriver: 'systemd' },
    });
    expect(await node.sh('dpkg -l containerd.io | tail -n 1 | tr -s " " | cut -d " " -f 1-3')).toBe(
      'hi containerd.io 1.7.24-1',
    );
    expect(await node.sh('grep -c "^version = 2" /etc/containerd/config.toml')).toBe('1');
    expect(await node.sh(`stat -c %a:%u:%g ${key} ${sources}`)).toBe('644:0:0\n644:0:0');

    expect((await host.plan({ version: '1.7' })).run.hosts[0]?.changes).toEqual([]);

    await host.rolledBack();
    await asBefore();
  });
}
