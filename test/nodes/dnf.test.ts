import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootDnfNode, type LabNode, requireLab } from '../lab/index.ts';
import { containerdIo, containerSelinux, openRpmUpstream, type UpstreamRepository } from '../lab/upstream/index.ts';
import { hostOf } from './support/cli.ts';
import { hostState, stateChanges } from './support/host-state.ts';
import { at, openWorkplace, type Workplace } from './support/workplace.ts';

const sources = '/etc/yum.repos.d/nodeprep-docker.repo';
const key = '/etc/pki/rpm-gpg/nodeprep-docker.asc';

/** Debian's dnf and rpm, on a Debian root that calls itself Rocky Linux. */
describe('containerd.io by dnf', () => {
  const reason = requireLab();
  describe.skipIf(reason)(reason ?? 'on a bare node', () => {
    let node: LabNode;
    let place: Workplace;
    let upstream: UpstreamRepository;
    let count = 0;

    interface Asked {
      readonly version?: string;
      readonly repository?: Readonly<Record<string, unknown>>;
    }
    const asking = ({ version, repository = {} }: Asked = {}): string => {
      count += 1;
      const ours = { url: upstream.url, fingerprint: upstream.fingerprint, ...repository };
      const runtime = { source: 'upstream', repository: ours, ...(version === undefined ? {} : { version }) };
      return place.inventory(`asks-${count}`, { host: at(node, { runtime }) });
    };
    const apply = (asked: Asked = {}, ...flags: string[]) => place.json(['apply', asking(asked), '--yes', ...flags]);
    const plan = (asked: Asked = {}, ...flags: string[]) => place.json(['plan', asking(asked), ...flags]);
    const rpms = (): Promise<string> => node.sh('rpm -qa | sort; ls /var/cache/dnf | grep nodeprep || true');

    beforeAll(async () => {
      place = await openWorkplace();
      node = await bootDnfNode();
      upstream = await openRpmUpstream(node);
      await upstream.offer(containerSelinux(), containerdIo('1.7.24-3.1.el9'), containerdIo('1.7.23-3.1.el9'));
      await upstream.publish();
    });
    afterAll(async () => {
      await upstream?.close();
      await node?.remove();
      place?.remove();
    });

    /** Refused or reverted: the host is as it was, and the message says why. */
    const unchanged = async (run: () => ReturnType<typeof apply>) => {
      const before = { state: await hostState(node), rpms: await rpms() };
      const { code, run: result } = await run();
      expect(stateChanges(before.state, await hostState(node))).toEqual([]);
      expect(await rpms()).toBe(before.rpms);
      const { state, outcome, error } = result.hosts[0] ?? {};
      return { code, state, outcome, message: error?.message ?? '' };
    };

    it('is known, and shows the repository and what follows it', async () => {
      const { code, run } = await plan({}, '--detailed-exitcode');
      expect({ code, error: run.hosts[0]?.error }).toEqual({ code: 4, error: undefined });
      expect(run.hosts[0]?.changes.map(({ kind, target }) => `${kind} ${target}`)).toEqual(
        expect.arrayContaining([`repository-key ${key}`, `file ${sources}`, `package-lists ${sources}`]),
      );
      expect(upstream.requests).toEqual([]);
    });

    it('refuses another key before anything is done', async () => {
      const other = await unchanged(() => apply({ repository: { fingerprint: 'AB'.repeat(20) } }));
      expect(other).toMatchObject({ code: 5, state: 'refused', outcome: 'unchanged' });
      expect(other.message).toContain(`is ${upstream.fingerprint}; expected ${'AB'.repeat(20)}`);
    });

    it('takes back the repository where it does not have the version, and names those that it has', async () => {
      const ended = await unchanged(() => apply({ version: '1.6' }));
      expect(ended).toMatchObject({ code: 3, outcome: 'reverted' });
      expect(ended.message).toMatch(/containerd\.io 1\.6 is .*1\.7\.24-3\.1\.el9, 1\.7\.23-3\.1\.el9/s);
    });

    it('comes with CRI and the driver on, is proved, and goes without a trace', async () => {
      const before = { state: await hostState(node), rpms: await rpms() };
      const asked = { version: '1.7' };
      const done = await apply(asked);
      expect({ code: done.code, error: hostOf(done, 'host').error }).toEqual({ code: 0, error: undefined });
      expect(hostOf(done, 'host')).toMatchObject({
        outcome: 'changed',
        runtime: { name: 'containerd', cgroupDriver: 'systemd' },
      });
      expect(await node.sh('rpm -q containerd.io container-selinux')).toBe(
        'containerd.io-1.7.24-3.1.el9.x86_64\ncontainer-selinux-2.235.0-1.el9.noarch',
      );
      expect(await node.sh('grep -c "^version = 2" /etc/containerd/config.toml')).toBe('1');
      expect(await node.sh('grep excludepkgs /etc/dnf/dnf.conf')).toBe('excludepkgs=containerd.io');
      const again = await plan(asked, '--detailed-exitcode');
      expect({ code: again.code, changes: hostOf(again, 'host').changes }).toEqual({ code: 0, changes: [] });

      const back = await place.json(['rollback', asking(asked), '--yes']);
      expect({ code: back.code, error: hostOf(back, 'host').error }).toEqual({ code: 0, error: undefined });
      expect(stateChanges(before.state, await hostState(node))).toEqual([]);
      expect(await rpms()).toBe(before.rpms);
    });
  });
});
