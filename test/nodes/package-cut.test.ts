import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { baseProblem, bootNode, type LabNode, openRepository, requireLab } from '../lab/index.ts';
import { driveNode, nodeState, packageChange } from './apply-node.ts';

const reason = requireLab() ?? (await baseProblem('trixie'));

/** apt's dpkg is killed just before it renames what /root/cut names, in the call that it names. /root/after: what happens next. */
const dpkgThatIsCut = `
cat >/usr/local/sbin/dpkg-cut <<'END'
#!/bin/sh
read -r call path times </root/cut
case " $* " in
  *" --$call "*) ;;
  *) exec dpkg "$@" ;;
esac
strace -qq -o /dev/null -e trace=rename -P "$path" -e "inject=rename:signal=KILL:when=$times" dpkg "$@"
code=$?
. /root/after
exit "$code"
END
chmod +x /usr/local/sbin/dpkg-cut
echo 'Dir::Bin::dpkg "/usr/local/sbin/dpkg-cut";' >/etc/apt/apt.conf.d/99-cut`;

/** Programs and the like, where nodeState looks at /etc alone. */
const files = `find /usr /opt /var/lib -xdev \\( -path /var/lib/nodeprep -o -path /var/lib/dpkg -o -path /var/lib/apt -o -path /var/lib/systemd \\
  -o -path /var/lib/containerd \\) -prune -o -type d -print -o -printf '%p %y %s\\n' | sort`;

/** What power loss does to dpkg as well: it has begun with a package and has not come to the end of it. */
const cuts = [
  { name: 'its first directory', at: 'unpack /etc/containerd.dpkg-new 1', lies: '/etc/containerd.dpkg-new' },
  { name: 'all files beside their places', at: 'unpack /usr/bin/containerd.dpkg-new 1', lies: '/usr/bin/ctr.dpkg-new' },
  {
    name: 'all files but the conffile in their places',
    at: 'configure /etc/containerd/config.toml.dpkg-new 1',
    lies: '/etc/containerd/config.toml.dpkg-new',
  },
  {
    // Each package is noted before and after its conffiles; the other one is runc.
    name: 'all files in their places, and dpkg does not know the conffile,',
    at: 'configure /var/lib/dpkg/updates/tmp.i 5',
    lies: '/etc/containerd/config.toml',
  },
] as const;

const knownToNobody = 'unpack /var/lib/dpkg/info/containerd.list-new 1';
const cut = (node: LabNode, where: string, after = ''): Promise<string> =>
  node.sh(`echo ${where} >/root/cut; rm -f /root/seen; cat >/root/after`, { input: after });
const state = async (node: LabNode) => `${await nodeState(node)}\n${await node.sh(files)}`;

describe.skipIf(reason)(`dpkg cut at work on a trixie node${reason ? ` (${reason})` : ''}`, () => {
  let node: LabNode;
  let before: string;
  beforeAll(async () => {
    node = await bootNode({ suite: 'trixie', packages: ['strace'] });
    await node.sh(dpkgThatIsCut);
    await node.sh('apt-get install -y -qq --no-install-recommends -d containerd >/dev/null');
    before = await state(node);
  });
  afterAll(() => node?.remove());

  const lost = 'rm /var/cache/apt/archives/containerd_*\n';

  it.each(cuts)('with $name: nothing stays', async ({ at, lies }) => {
    await cut(
      node,
      at,
      `ls -d ${lies} >/root/seen; dpkg-query -W -f '\${Status} \${Conffiles}' containerd >>/root/seen`,
    );
    const run = await driveNode(node, [packageChange('containerd', { holds: ['containerd', 'runc'] })]);
    const seen = await node.sh('cat /root/seen');
    expect(seen).toContain(`${lies}\n`);
    expect(seen).toMatch(/reinstreq|newconffile/);
    expect(run.end).toEqual({ kind: 'settled', word: 'reverted' });
    expect(run.progress.kept).toEqual([]);
    expect(await state(node)).toBe(before);
  });

  it('with all files in their places, and dpkg does not know which, and the package lost: it is fetched again, and nothing stays', async () => {
    await cut(node, knownToNobody, lost);
    const run = await driveNode(node, [packageChange('containerd')]);
    expect(run.end).toEqual({ kind: 'settled', word: 'reverted' });
    expect(await state(node)).toBe(before);
  });

  it('says so where it is not to be had', async () => {
    const unreachable = `echo 'Acquire::http::Proxy "http://127.0.0.1:1";' >>/etc/apt/apt.conf.d/99-cut\n`;
    await cut(node, knownToNobody, lost + unreachable);
    const run = await driveNode(node, [packageChange('containerd')]);
    expect(run.end).toEqual({ kind: 'settled', word: 'reverted' });
    expect(run.progress.kept.join()).toMatch(
      /^containerd 1\.\S+ was cut while it was unpacked, and its package is not to be had/,
    );
    expect(await state(node)).toContain('/usr/bin/containerd f');
  });
});

/** A program, a conffile, and one program less. */
const newer = `echo 'new = true' >etc/containerd/lab.conf
  echo /etc/containerd/lab.conf >>DEBIAN/conffiles
  mv usr/bin/containerd-shim usr/bin/containerd-lab`;

describe.skipIf(reason)(`dpkg cut at an upgrade on a trixie node${reason ? ` (${reason})` : ''}`, () => {
  let node: LabNode;
  let before: string;
  let installed: string;
  beforeAll(async () => {
    node = await bootNode({ suite: 'trixie', packages: ['strace', 'containerd'] });
    const repository = await openRepository(node);
    await repository.repack('containerd', '1.7.97', newer);
    await repository.publish();
    await node.sh(dpkgThatIsCut);
    installed = await node.sh(`dpkg-query -W -f '\${Version}' containerd`);
    before = await state(node);
  });
  afterAll(() => node?.remove());

  it.each([
    ['all files beside their places', 'unpack /usr/bin/containerd-lab.dpkg-new 1'],
    ['all files in their places, and dpkg does not know which,', knownToNobody],
    ['all files but the new conffile in their places', 'configure /etc/containerd/lab.conf.dpkg-new 1'],
  ])('with %s: nothing of the newer version stays', async (_, where) => {
    await cut(node, where, 'ls /usr/bin/containerd-lab* >/root/seen');
    const change = packageChange('containerd', { before: installed, version: '1.7.97', holds: ['containerd', 'runc'] });
    const run = await driveNode(node, [change]);
    expect(await node.sh('cat /root/seen')).toContain('containerd-lab');
    expect(run.end).toEqual({ kind: 'settled', word: 'reverted' });
    expect(await state(node)).toBe(before);
  });
});
