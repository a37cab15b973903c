import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootKernelNode, type KernelNode, requireKernelLab } from '../lab/index.ts';
import { pauseImage } from '../lab/pause.ts';
import { type LabRegistry, startRegistry } from '../lab/registry.ts';
import { goProblem, putCrictl } from '../lab/tools.ts';
import { findingOf, hostOf } from '../nodes/support/cli.ts';
import { keepSandbox } from '../nodes/support/matrix/start-container.ts';
import { at, openWorkplace, type Workplace } from '../nodes/support/workplace.ts';

const reason = requireKernelLab() ?? (await goProblem());
const isMatrix = process.env.NODEPREP_MATRIX === '1';
const timeoutMs = 900_000;
const config = '/etc/containerd/config.toml';
const written = [
  '/etc/containerd/certs.d/registry.k8s.io/hosts.toml',
  '/etc/modules-load.d/nodeprep.conf',
  '/etc/sysctl.d/99-zz-nodeprep.conf',
  '/opt/cni',
  '/opt/cni/bin',
  '/opt/cni/bin/loopback',
];

const pluginsIn = (place: Workplace) => {
  mkdirSync(place.path('plugins'));
  writeFileSync(place.path('plugins/loopback'), '#!/bin/sh\n', { mode: 0o755 });
  const file = place.path('cni-plugins.tgz');
  execFileSync('tar', ['-czf', file, '-C', place.path('plugins'), './loopback']);
  return { file, sha256: createHash('sha256').update(readFileSync(file)).digest('hex') };
};

// Debian's policy, which confines modprobe and containerd; that of Red Hat was not at hand.
describe.skipIf(reason !== undefined || !isMatrix)(
  `a host where SELinux is enforcing${reason ? ` (${reason})` : ''}`,
  () => {
    let node: KernelNode;
    let place: Workplace;
    let registry: LabRegistry;
    let inventory: string;
    let before: readonly string[];

    const run = (command: string) => place.json([command, inventory, '--yes'], { timeoutMs });
    const typeOf = async (path: string): Promise<string | undefined> =>
      (await node.sh(`stat -c %C ${path}`)).split(':')[2];
    /** Of every file that packages and administrators have, and of what runtimes keep; nodeprep's own is not among them. */
    const labels = async (): Promise<readonly string[]> =>
      (
        await node.sh(
          `find /etc /opt /usr/local /usr/lib/systemd /var/lib -xdev \\( -path /var/lib/nodeprep -o -path /var/lib/containerd \\) -prune -o -printf '%Z %y %p\\n' | sort -k 3`,
        )
      ).split('\n');

    beforeAll(async () => {
      place = await openWorkplace();
      registry = await startRegistry({ images: { 'pause:3.10.1': pauseImage([]) } });
      node = await bootKernelNode({
        suite: 'trixie',
        packages: ['containerd'],
        selinux: true,
        log: line => console.error(line),
      });
      // An administrator's own choice, which is not what the policy says of this path.
      await node.sh(`chcon -t etc_t ${config}; setenforce 1`);
      const archives = { cniPlugins: pluginsIn(place) };
      const registryMirrors = { 'registry.k8s.io': ['http://127.0.0.1:5999'] };
      const runtime = { archives, registryMirrors };
      const host = at(node, { ssh: { port: node.port }, runtime, verify: { sandbox: 'off' } });
      inventory = place.inventory('selinux', { host }, { waivers: [] });
      before = await labels();
    }, timeoutMs);
    afterAll(async () => {
      await node?.remove();
      await registry?.close();
      place?.remove();
    });

    it('is told what a program says that may not write to files of nodeprep', { timeout: timeoutMs }, async () => {
      const [from, to] = ['"$(modinfo -n br_netfilter)"', '/root/br_netfilter'];
      await node.sh(`readlink -f ${from} >/root/module; mv ${from} ${to}`);
      const applied = await run('apply');
      await node.sh(`mv ${to} "$(cat /root/module)"`);
      expect(hostOf(applied, 'host').error?.message).toMatch(/br_netfilter: modprobe: (FATAL|ERROR): /);
      expect(applied.code).toBe(3);
      expect(await labels()).toEqual(before);
    });

    it('keeps the labels of its policy, and of its administrator', { timeout: timeoutMs }, async () => {
      const applied = await run('apply');
      expect({ code: applied.code, error: hostOf(applied, 'host').error }).toEqual({ code: 0, error: undefined });
      expect(await node.sh('getenforce; systemctl is-active containerd')).toBe('Enforcing\nactive');
      // Files are one thing, containers another: those get labels where somebody asks for them.
      const unlabelled = { status: 'fail', severity: 'warning', observed: 'in force: no labels (CRI Status)' };
      expect(findingOf(hostOf(applied, 'host'), 'container-labels')).toMatchObject(unlabelled);
      expect(await typeOf(config)).toBe('etc_t');
      expect(await typeOf('/opt/cni/bin')).toBe('container_plugin_t');
      // restorecon says nothing of what is as the policy has it; a type that an administrator chose is none of its business with -n.
      expect(await node.sh(`ls -d ${written.join(' ')} >/dev/null && restorecon -n -v ${written.join(' ')}`)).toBe('');
    });

    it('has each label back with its file', { timeout: timeoutMs }, async () => {
      const back = await run('rollback');
      expect({ code: back.code, error: hostOf(back, 'host').error }).toEqual({ code: 0, error: undefined });
      expect(await labels()).toEqual(before);
      expect(await typeOf(config)).toBe('etc_t');
    });

    it('runs sandboxes as containers of its policy, each apart, where the inventory asks for it', {
      timeout: timeoutMs,
    }, async () => {
      const registryMirrors = { 'registry.k8s.io': [registry.url] };
      const wanted = { runtime: { registryMirrors, selinux: true }, verify: { sandbox: 'required' } };
      const host = at(node, { ssh: { port: node.port }, ...wanted });
      const labelled = place.inventory('labelled', { host }, { waivers: [] });
      const applied = await place.json(['apply', labelled, '--yes'], { timeoutMs });
      const answer = hostOf(applied, 'host');
      const denied = answer.error && (await node.sh('dmesg | grep "avc: *denied" | tail -n 20; true'));
      expect({ error: answer.error, denied }).toEqual({ error: undefined, denied: undefined });
      expect(findingOf(answer, 'sandbox-runs').status).toBe('pass');
      const given = { status: 'pass', observed: 'labels (CRI Status)' };
      expect(findingOf(answer, 'container-labels')).toMatchObject(given);
      await putCrictl(node, '/root/crictl');
      const client = { crictl: '/root/crictl --timeout 5m --runtime-endpoint unix:///run/containerd/containerd.sock' };
      for (const _ of [1, 2]) await keepSandbox(node, { ...client, driver: 'systemd' });
      const told = (
        await node.sh('for p in $(pgrep -x pause); do tr -d "\\0" </proc/$p/attr/current; echo; done')
      ).split('\n');
      expect(told).toEqual([1, 2].map(() => expect.stringMatching(/^system_u:system_r:container_t:s0:c\d+,c\d+$/)));
      expect(new Set(told).size).toBe(2);
      const again = await place.json(['plan', labelled, '--detailed-exitcode'], { timeoutMs });
      expect(hostOf(again, 'host').changes).toEqual([]);
    });
  },
);
