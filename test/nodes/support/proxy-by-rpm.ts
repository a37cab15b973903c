import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ForwardProxy, openForwardProxy } from '../../lab/forward-proxy.ts';
import { BRIDGE_ADDRESS, type LabNode, requireLab } from '../../lab/index.ts';
import { containerdIo, containerSelinux, openRpmUpstream, type UpstreamRepository } from '../../lab/upstream/index.ts';
import { findingOf, hostOf } from './cli.ts';
import { hostState, stateChanges } from './host-state.ts';
import { at, openWorkplace, type Workplace } from './workplace.ts';

/** A package manager over rpm, and where it has its proxy. */
export interface ProxySide {
  readonly boot: () => Promise<LabNode>;
  readonly sources: string;
  readonly settings: {
    readonly path: string;
    /** sh that prepares the node: what such systems have there. */
    readonly prepare: string;
    /** Lines that apply leaves there, apart from comments. */
    readonly lines: (url: string) => readonly string[];
    /** Another proxy, in a line of its own at the end, and its name. */
    readonly foreign: readonly [string, string];
  };
  /** sh that forgets all that was fetched, and sh that prints what is kept of it. */
  readonly forget: string;
  readonly kept: string;
  /** sh that asks all repositories anew. */
  readonly refresh: string;
  /** Of the repository that is reached without the proxy, as a run leaves it. */
  readonly exempt: string;
}

const internalHost = 'packages.internal.example';

/** containerd.io where only a proxy leads out, but for a repository of the house, which the proxy does not know. */
export const proxyByRpm = ({ boot, sources, settings, forget, kept, refresh, exempt }: ProxySide): void => {
  const reason = requireLab();
  describe.skipIf(reason !== undefined || process.env.NODEPREP_MATRIX !== '1')(
    `behind a proxy${reason ? ` (${reason})` : ''}`,
    () => {
      let node: LabNode;
      let place: Workplace;
      let proxy: ForwardProxy;
      let upstream: UpstreamRepository;
      let internal: UpstreamRepository;
      let count = 0;
      const internalFile = `${sources}/internal.repo`;

      const inventory = (runtime: Readonly<Record<string, unknown>> = {}, own: object = {}): string => {
        count += 1;
        const { url, fingerprint } = upstream;
        return place.inventory(`proxied-${count}`, {
          host: at(node, {
            proxy: { http: proxy.url, https: proxy.url, noProxy: [`.${internalHost.replace(/^[^.]*\./, '')}`] },
            runtime: { source: 'upstream', version: '1.7', repository: { url, fingerprint }, ...runtime },
            ...own,
          }),
        });
      };
      const seen = async () => ({
        state: await hostState(node),
        packaged: await node.sh(`rpm -qa | sort; ${kept}`),
      });
      const expectAsBefore = async (before: Awaited<ReturnType<typeof seen>>) => {
        const after = await seen();
        expect(stateChanges(before.state, after.state)).toEqual([]);
        expect(after.packaged).toBe(before.packaged);
      };
      const applied = async (file: string) => {
        const { code, run } = await place.json(['apply', file, '--yes']);
        expect({ code, error: run.hosts[0]?.error }).toEqual({ code: 0, error: undefined });
        const again = await place.json(['plan', file, '--detailed-exitcode']);
        expect({ code: again.code, changes: hostOf(again, 'host').changes }).toEqual({ code: 0, changes: [] });
      };
      const takenBack = async (file: string, before: Awaited<ReturnType<typeof seen>>) => {
        const { code, run } = await place.json(['rollback', file, '--yes']);
        expect({ code, error: run.hosts[0]?.error }).toEqual({ code: 0, error: undefined });
        await expectAsBefore(before);
      };
      const packagesThrough = () => [...new Set(proxy.requests.filter(url => url.endsWith('.rpm')))];

      beforeAll(async () => {
        place = await openWorkplace();
        node = await boot();
        proxy = await openForwardProxy();
        [upstream, internal] = await Promise.all([
          openRpmUpstream({ suite: 'trixie' }),
          openRpmUpstream({ suite: 'trixie' }),
        ]);
        await internal.offer(containerSelinux());
        await upstream.offer(containerdIo('1.7.24-3.1.el9'));
        for (const repository of [internal, upstream]) await repository.publish();
        const baseurl = internal.flatUrl.replace(BRIDGE_ADDRESS, internalHost);
        await node.sh(
          `echo ${BRIDGE_ADDRESS} ${internalHost} >>/etc/hosts
          cat >/etc/pki-internal.asc`,
          { input: internal.publicKey },
        );
        await node.sh(`cat >${internalFile}`, {
          input: `[internal]\nname=Of the house\nbaseurl=${baseurl}\nenabled=1\nautorefresh=1\ntype=rpm-md\ngpgcheck=1\nrepo_gpgcheck=0\ngpgkey=file:///etc/pki-internal.asc\n`,
        });
        await node.sh(`rpm --import /etc/pki-internal.asc; ${settings.prepare}`);
        // Nothing leads out any more but the proxy, the house, and what sshd answers.
        await node.sh(`echo nameserver 192.0.2.1 >/etc/resolv.conf
          ip rule add pref 10 ipproto tcp sport 22 lookup main
          ip rule add pref 11 ipproto tcp dport ${proxy.port} lookup main
          ip rule add pref 12 ipproto tcp dport ${new URL(internal.url).port} lookup main
          ip rule add pref 20 prohibit
          ! curl -sf -m 5 ${upstream.url}/gpg && curl -sf -m 5 -o /dev/null ${baseurl}repodata/repomd.xml`);
      });
      afterAll(async () => {
        await proxy?.close();
        await internal?.close();
        await upstream?.close();
        await node?.remove();
        place?.remove();
      });

      it('has packages and key through it, the house without it; the daemon has it too; and all of it goes again', async () => {
        const before = await seen();
        const file = inventory();
        await applied(file);
        const text = await node.sh(`cat ${settings.path}`);
        const left = text.split('\n').filter(line => line !== '' && !line.startsWith('#'));
        expect(left).toEqual(expect.arrayContaining([...settings.lines(proxy.url)]));
        expect(await node.sh(`cat ${internalFile}`)).toContain(exempt);
        expect(await node.sh('rpm -q containerd.io container-selinux')).toMatch(
          /^containerd\.io-1\.7\.24.*\ncontainer-selinux/,
        );
        expect(packagesThrough()).toEqual([expect.stringContaining('/containerd.io-')]);
        expect(proxy.requests.filter(url => url.endsWith('/gpg'))).toHaveLength(1);
        expect(proxy.requests.filter(url => url.includes(internalHost))).toEqual([]);
        expect(internal.requests.filter(path => path.endsWith('.rpm'))).not.toEqual([]);
        const environ = await node.sh(`tr '\\0' '\\n' </proc/$(pidof containerd)/environ | grep _PROXY | sort`);
        expect(environ.split('\n')).toEqual([
          `HTTPS_PROXY=${proxy.url}`,
          `HTTP_PROXY=${proxy.url}`,
          'NO_PROXY=.internal.example',
        ]);
        // The package manager itself, as anybody calls it.
        proxy.requests.length = 0;
        await node.sh(`${forget}; ${refresh}`);
        expect(proxy.requests).toEqual(expect.arrayContaining([expect.stringMatching(/repomd\.xml$/)]));
        expect(proxy.requests.filter(url => url.includes(internalHost))).toEqual([]);
        await takenBack(file, before);
      });

      it('waits with packages of a repository that somebody set up until there is the proxy', async () => {
        await node.sh(`cat >/etc/pki-docker.asc && rpm --import /etc/pki-docker.asc`, { input: upstream.publicKey });
        await node.sh(`cat >${sources}/docker-ce.repo`, {
          input: `[docker-ce-stable]\nname=x\nbaseurl=${upstream.url}/9/$basearch/stable\nenabled=1\nautorefresh=1\ntype=rpm-md\ngpgcheck=1\nrepo_gpgcheck=0\ngpgkey=file:///etc/pki-docker.asc\n`,
        });
        await node.sh(forget);
        const before = await seen();
        proxy.requests.length = 0;
        const suite = { repository: { url: upstream.url, fingerprint: upstream.fingerprint, suite: '9' } };
        const file = inventory(suite);
        await applied(file);
        expect(await node.sh(`ls ${sources}`)).not.toContain('nodeprep');
        expect(packagesThrough()).toEqual([expect.stringContaining('/containerd.io-')]);
        const { code, run } = await place.json(['rollback', file, '--yes']);
        expect({ code, error: run.hosts[0]?.error }).toEqual({ code: 0, error: undefined });
        expect(stateChanges(before.state, await hostState(node))).toEqual([]);
        await node.sh(`rm ${sources}/docker-ce.repo; ${forget}`);
      });

      it('finds a mirror of packages through it', async () => {
        await node.sh(
          `echo '# nodeprep apply has put this mirror in the place of the addresses that were here: ${upstream.url}' >${sources}/mirrored.repo`,
        );
        const file = inventory();
        const asked = async () =>
          findingOf(hostOf(await place.json(['check', file]), 'host'), 'package-mirror-reachable');
        expect(await asked()).toMatchObject({ status: 'fail' });
        const saved = await node.sh(`cat ${settings.path} 2>/dev/null || true`);
        await node.sh(`cat >${settings.path}`, { input: `[main]\n${settings.lines(proxy.url).join('\n')}\n` });
        expect(await asked()).toMatchObject({ status: 'pass' });
        await node.sh(`cat >${settings.path}`, { input: `${saved}\n` });
        await node.sh(`rm ${sources}/mirrored.repo`);
      });

      it('refuses another proxy by file and line', async () => {
        const [line, name] = settings.foreign;
        await node.sh(`echo '${line}' >>${settings.path}`);
        const before = await seen();
        const { code, run } = await place.json(['apply', inventory(), '--yes']);
        expect({ code, state: run.hosts[0]?.state }).toEqual({ code: 5, state: 'refused' });
        const number = await node.sh(`wc -l <${settings.path}`);
        expect(run.hosts[0]?.error?.message).toContain(
          `${settings.path}:${number.trim()} sets ${name} to something else than the inventory`,
        );
        expect(await seen()).toEqual(before);
      });
    },
  );
};
