import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootZypperNode, type LabNode, requireLab } from '../lab/index.ts';
import { containerdIo, containerSelinux, openRpmUpstream, type UpstreamRepository } from '../lab/upstream/index.ts';
import { startedAt } from './support/host-state.ts';
import { type UpstreamRuns, upstreamRuns } from './support/upstream-runs.ts';
import { openWorkplace, type Workplace } from './support/workplace.ts';

const reason = requireLab();
const isMatrix = process.env.NODEPREP_MATRIX === '1';

/** Debian's zypper, libzypp and rpm, on a Debian root that calls itself openSUSE Leap. */
describe.skipIf(reason !== undefined || !isMatrix)(`what goes wrong with zypper${reason ? ` (${reason})` : ''}`, () => {
  let node: LabNode;
  let place: Workplace;
  let upstream: UpstreamRepository;
  let host: UpstreamRuns;

  const version = () => node.sh('rpm -q --qf "%{VERSION}" containerd.io');

  beforeAll(async () => {
    place = await openWorkplace();
    node = await bootZypperNode();
    upstream = await openRpmUpstream(node);
    await upstream.offer(containerSelinux(), containerdIo('1.7.24-3.1.el9'), containerdIo('1.7.23-3.1.el9'));
    await upstream.publish();
    host = upstreamRuns(place, node, upstream, () => node.sh('rpm -qa | sort; find /var/cache/zypp -name "nodeprep*"'));
  });
  afterAll(async () => {
    await upstream?.close();
    await node?.remove();
    place?.remove();
  });

  it('a package that is needed and locked bars it, and is named', async () => {
    await node.sh('zypper -n addlock container-selinux');
    const ended = await host.unchanged({ version: '1.7' });
    await node.sh('zypper -n removelock container-selinux');
    expect(ended).toMatchObject({ code: 3, outcome: 'reverted' });
    expect(ended.message).toMatch(/zypper would not install containerd\.io.*container-selinux.* is locked/s);
  });

  it('a repository that is not there is taken back', async () => {
    upstream.instead.set('/linux/15/x86_64/stable/repodata/repomd.xml', 404);
    const ended = await host.unchanged();
    upstream.instead.clear();
    expect(ended).toMatchObject({ code: 3, outcome: 'reverted' });
    expect(ended.message).toMatch(/zypper does not accept the repository/);
  });

  it('whoever uses zypp is named, and waited for', async () => {
    await node.sh('nohup sleep 20 >/dev/null 2>&1 & echo $! >/run/zypp.pid');
    const { code, stderr } = await place.run(['apply', host.asking({ version: '1.7.23' }), '--yes']);
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: expect.stringMatching(/waits for the package manager, which sleep \(process \d+\) is using/),
    });
  });

  it('an update of everything leaves it alone', async () => {
    const started = await startedAt(node, 'containerd');
    await node.sh('zypper -n update');
    expect([await version(), await startedAt(node, 'containerd')]).toEqual(['1.7.23', started]);
  });

  it('another version comes for our own lock and goes without a trace, with a configuration that somebody has edited', async () => {
    await node.sh('echo "# ours" >>/etc/containerd/config.toml');
    const asBefore = await host.remember();
    expect(await host.applied({ version: '1.7.24' })).toMatchObject({ outcome: 'changed' });
    expect([await version(), await node.sh('tail -n 1 /etc/containerd/config.toml')]).toEqual(['1.7.24', '# ours']);
    await host.rolledBack();
    expect([await version(), await node.sh('systemctl is-active containerd')]).toEqual(['1.7.23', 'active']);
    await asBefore();
  });

  it('one that is cut while rpm is at it is taken back', async () => {
    const asBefore = await host.remember();
    await node.sh('cat >/usr/local/sbin/rpm && chmod 755 /usr/local/sbin/rpm', {
      input: `#!/bin/sh
case " $* " in *' --test '* | *' --justdb '*) exec /usr/bin/rpm "$@" ;; *' -U /'*) ;; *) exec /usr/bin/rpm "$@" ;; esac
rm -f /usr/local/sbin/rpm
/usr/bin/rpm "$@" & sleep 0.4; kill -KILL $!; exit 137
`,
    });
    const { code } = await host.apply({ version: '1.7.24' });
    expect([code, await node.sh('ls /usr/local/sbin')]).toEqual([3, '']);
    await asBefore();
  });

  it('whose way back is gone takes --allow-irreversible', async () => {
    upstream.withdraw('containerd.io', '1.7.23-3.1.el9');
    await upstream.publish();
    await node.sh('zypper -n refresh --force nodeprep-docker');
    const ended = await host.unchanged({ version: '1.7.24' });
    expect(ended).toMatchObject({ code: 5, message: expect.stringMatching(/(can|could) ?not be undone/) });
  });
});
