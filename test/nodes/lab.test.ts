import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ageLists,
  baseProblem,
  bootNode,
  bootNodes,
  goProblem,
  importPause,
  installCrictl,
  type LabNode,
  PW_PASSWORD,
  preparePods,
  requireLab,
  SUITES,
  sshSessions,
  sudoAttempts,
} from '../lab/index.ts';

const reason = requireLab();
const CONTAINERD = { bookworm: /^Version: 1\.6\./m, trixie: /^Version: 1\.7\./m, sid: /^Version: 2\./m };

for (const suite of SUITES) {
  const problem = reason ?? (await baseProblem(suite));
  describe.skipIf(problem)(`${suite} node${problem ? ` (${problem})` : ''}`, () => {
    let node: LabNode;
    beforeAll(async () => {
      node = await bootNode({ suite, files: { '/etc/lab-file': 'laid before the first boot\n' } });
    });
    afterAll(() => node?.remove());

    it('boots systemd to the end', async () => {
      expect((await node.exec('systemctl is-system-running --wait')).stdout).toMatch(/^(running|degraded)$/m);
      expect(await node.sh('cat /etc/machine-id')).toMatch(/^[0-9a-f]{32}$/);
      expect(await node.sh('cat /etc/lab-file')).toBe('laid before the first boot');
    });

    it('lets ops in over ssh with sudo, and counts it', async () => {
      const before = { sudo: await sudoAttempts(node), ssh: await sshSessions(node) };
      expect(await node.ssh('sudo -n id -u')).toMatchObject({ code: 0, stdout: '0\n' });
      expect(await sudoAttempts(node)).toEqual({ ran: before.sudo.ran + 1, refused: before.sudo.refused });
      expect(await sshSessions(node)).toBe(before.ssh + 1);
    });

    it('asks user pw for a password and counts what sudo refuses', async () => {
      const good = await node.ssh('sudo -S -p "" id -u', { user: 'pw', input: `${PW_PASSWORD}\n` });
      expect(good.stdout).toBe('0\n');
      const bad = await node.ssh('sudo -k -S -p "" id -u', { user: 'pw', input: 'wrong\nwrong\nwrong\n' });
      expect(bad.code).toBe(1);
      expect((await sudoAttempts(node)).refused).toBe(3);
    });

    it('installs the containerd of its release', async () => {
      await node.sh('apt-get install -y -qq containerd');
      expect(await node.sh('systemctl is-active containerd')).toBe('active');
      expect(await node.sh('dpkg -s containerd')).toMatch(CONTAINERD[suite]);
      expect(await node.sh('ctr version')).toContain('Server:');
    });

    it('has fresh package lists that a test can age', async () => {
      const age = 'echo $(( $(date +%s) - $(stat -c %Y /var/lib/apt/lists) ))';
      expect(Number(await node.sh(age))).toBeLessThan(86_400);
      await ageLists(node, 3);
      expect(Number(await node.sh(age))).toBeGreaterThan(2 * 86_400);
    });

    it('comes back from a power loss with its files and host keys', async () => {
      const key = await node.sh('cat /etc/ssh/ssh_host_ed25519_key.pub');
      await node.sh('echo kept >/var/lib/kept; sync');
      await node.kill();
      expect(node.isOn()).toBe(false);
      await node.start();
      expect(await node.sh('cat /var/lib/kept')).toBe('kept');
      expect(await node.sh('cat /etc/ssh/ssh_host_ed25519_key.pub')).toBe(key);
      expect((await node.ssh('true')).code).toBe(0);
    });

    it('shuts down in order and boots again', async () => {
      await node.stop();
      await node.start();
      expect(
        await node.sh('journalctl -b -1 -o cat | grep -c "Reached target.*[Ss]hutdown\\|System Shutdown"'),
      ).not.toBe('0');
    });

    it('leaves nothing behind', async () => {
      await node.remove();
      expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(node.name);
      expect(readdirSync('/sys/fs/cgroup').filter(name => name.includes(node.name))).toEqual([]);
      expect(processesNaming(node.name)).toEqual([]);
    });
  });
}

describe.skipIf(reason)('the lab', () => {
  const nodes: LabNode[] = [];
  afterAll(() => Promise.all(nodes.map(node => node.remove())));

  it('boots nodes side by side that differ in address, machine-id and host key', async () => {
    nodes.push(...(await bootNodes(3, { suite: 'trixie' })));
    const ask = 'hostname; cat /etc/machine-id; cut -d" " -f2 /etc/ssh/ssh_host_ed25519_key.pub; hostname -I';
    const answers = await Promise.all(nodes.map(node => node.sh(ask)));
    const columns = [0, 1, 2, 3].map(i => new Set(answers.map(answer => answer.split('\n')[i])).size);
    expect(columns).toEqual([3, 3, 3, 3]);
  });

  it('boots with packages in place and the hostname that was asked for', async () => {
    const node = await bootNode({ suite: 'trixie', packages: ['containerd'], hostname: 'worker-1' });
    nodes.push(node);
    await node.sh('systemctl is-system-running --wait');
    expect(await node.sh('hostname; systemctl is-active containerd')).toBe('worker-1\nactive');
  });

  it.each(['bookworm', 'trixie'] as const)('boots %s on cgroup v1', async suite => {
    const node = await bootNode({ suite, cgroup: 'v1' });
    nodes.push(node);
    expect(await node.sh('stat -fc %T /sys/fs/cgroup')).toBe('tmpfs');
    await node.sh('mkdir /sys/fs/cgroup/memory/made-by-test && rmdir /sys/fs/cgroup/memory/made-by-test');
  });

  it('gives nodes no way out but the package front', async () => {
    const routes = await nodes[0]?.sh('ip route');
    expect(routes).not.toContain('default');
  });
});

const podReason = reason ?? (await goProblem());

describe.skipIf(podReason)(`pods${podReason ? ` (${podReason})` : ''}`, () => {
  it.each(['bookworm', 'trixie'] as const)('run in a cgroup v1 node of %s', async suite => {
    const packages = ['containerd', 'containernetworking-plugins'];
    const node = await bootNode({ suite, cgroup: 'v1', packages });
    try {
      await preparePods(node);
      await installCrictl(node);
      await node.sh('systemctl is-system-running --wait');
      await importPause(node, [await node.sh('crictl info | sed -n \'s/.*"sandboxImage": "\\(.*\\)".*/\\1/p\'')]);
      const pod = { metadata: { name: 'a', namespace: 'default', uid: '1', attempt: 0 }, linux: {} };
      await node.sh('cat >/root/pod.json && crictl runp /root/pod.json', { input: JSON.stringify(pod) });
      expect(await node.sh('crictl pods')).toContain('Ready');
      expect(await node.sh('crictl inspectp $(crictl pods -q)')).toMatch(/"ip": "10\.88\.0\.\d+"/);
    } finally {
      await node.remove();
    }
  });
});

function processesNaming(name: string): string[] {
  return readdirSync('/proc')
    .filter(entry => /^\d+$/.test(entry) && Number(entry) !== process.pid)
    .filter(pid => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`--machine=${name}`);
      } catch {
        return false;
      }
    });
}
