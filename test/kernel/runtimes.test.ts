import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  bootKernelNode,
  installGvisor,
  type KernelNode,
  layPodNetwork,
  requireKernelLab,
  type Suite,
} from '../lab/index.ts';
import type { LabRegistry } from '../lab/registry.ts';
import { goProblem } from '../lab/tools.ts';
import { findingOf, hostOf } from '../nodes/support/cli.ts';
import { answerAs } from '../nodes/support/loopback-registry.ts';
import { proved } from '../nodes/support/matrix/cell.ts';
import { openRegistry } from '../nodes/support/matrix/pods.ts';
import { matrixRow, type Source } from '../nodes/support/matrix/rows.ts';
import { at, openWorkplace, type Workplace } from '../nodes/support/workplace.ts';

const isMatrix = process.env.NODEPREP_MATRIX === '1';
// Of a command: Docker's installation alone takes four minutes under emulation.
const timeoutMs = 1_500_000;
interface Walk {
  readonly name: string;
  readonly prefix: string;
  readonly gvisor?: Suite;
}
const walks: readonly Walk[] = [
  { name: 'containerd 1.7', prefix: 'cri-containerd' },
  { name: 'CRI-O 1.36', prefix: 'crio' },
  { name: 'docker.io 26', prefix: 'docker' },
  // In bookworm, since the lab's gVisor needs a kernel before 6.11. Container nodes cannot run it: its shim lowers its OOM score.
  { name: 'containerd 1.6', prefix: 'cri-containerd', gvisor: 'bookworm' },
  { name: 'CRI-O 1.36', prefix: 'crio', gvisor: 'bookworm' },
];
const called = (name: string, { gvisor }: Walk): string => (gvisor ? `${name} with gVisor` : name);

/**
 * CRI-O asks CNI whether a new veth is in its bridge, with the address that it got (cri-o#3437). networkd of the node, which manages
 * every ether, would take it out of the bridge, and udev gives it another address.
 */
const leavePodsAlone = (node: KernelNode): Promise<string> =>
  node.sh(`cd /etc/systemd/network
    printf '[Match]\\nName=veth*\\n[Link]\\nUnmanaged=yes\\n' >05-pods.network
    printf '[Match]\\nOriginalName=veth*\\n[Link]\\nMACAddressPolicy=none\\n' >05-pods.link
    networkctl reload && udevadm control --reload`);

// Ten times slower than the machine itself where there is no KVM: each runtime is walked once.
describe.runIf(isMatrix).each(walks.map(walk => [called(walk.name, walk), walk] as const))(
  '%s on cgroup v2, with a kernel of its own',
  async (_called, walk) => {
    const { name, prefix, gvisor } = walk;
    const row = matrixRow(name);
    const suite = gvisor ?? row.suite;
    const problem = requireKernelLab() ?? (await row.problem?.()) ?? (gvisor ? await goProblem() : undefined);
    // crun makes a cgroup of its own below the scope.
    const scope = new RegExp(
      String.raw`^/system\.slice/${prefix}-[0-9a-f]{64}\.scope(/container)?${gvisor ? '; by the handlers runsc too' : ''}$`,
    );
    let node: KernelNode;
    let place: Workplace;
    let source: Source;
    let registry: LabRegistry;

    beforeAll(async () => {
      if (problem !== undefined) return;
      place = await openWorkplace();
      node = await bootKernelNode({ suite, log: line => console.error(line) });
      source = await row.open(node);
      registry = await openRegistry(node, row);
      if (row.name === 'docker') await answerAs(node, ['registry.k8s.io'], registry);
      if (!gvisor) return;
      await installGvisor(node);
      // It runs in no network of the host, so it is proved where pods have one.
      await leavePodsAlone(node);
      await layPodNetwork(node);
      await node.sh('apt-get install -y -qq --no-install-recommends containernetworking-plugins >/dev/null');
    });
    afterAll(async () => {
      await source?.close();
      await registry?.close();
      await node?.remove();
      place?.remove();
    });

    it('runs a sandbox in a scope that systemd makes, and needs nothing more', { timeout: 2 * timeoutMs }, async ({
      skip,
      task,
    }) => {
      const cell = {
        runtime: called(row.runtime, walk),
        source: row.source,
        suite,
        state: 'bare, own kernel',
      };
      task.meta.matrixCell = { ...cell, ...(problem === undefined ? {} : { skipped: problem }) };
      if (problem !== undefined) skip(problem);
      const mirrors = row.name === 'containerd' ? { registryMirrors: { 'registry.k8s.io': [registry.url] } } : {};
      const handlers = gvisor
        ? { handlers: ['runc', 'runsc'], defaultHandler: 'runc', cni: { binDir: '/usr/lib/cni' } }
        : {};
      const wanted = { name: row.name, cgroupDriver: 'systemd', ...mirrors, ...source.runtime, ...handlers };
      const host = at(node, { ssh: { port: node.port }, runtime: wanted, verify: { sandbox: 'required' } });
      const inventory = place.inventory('kernel', { host }, { waivers: [] });
      const applied = await place.json(['apply', inventory, '--yes'], { timeoutMs });
      const answer = hostOf(applied, 'host');
      expect(answer.error?.message).toBeUndefined();
      expect(answer.runtime).toMatchObject({ cgroupDriver: 'systemd', sandbox: 'ran' });
      expect(findingOf(answer, 'cgroup-controllers').status).toBe('pass');
      const proof = { status: 'pass', observed: expect.stringMatching(scope) };
      expect(findingOf(answer, 'sandbox-runs')).toMatchObject(proof);
      expect(applied.code).toBe(0);
      const again = await place.json(['plan', inventory, '--detailed-exitcode'], { timeoutMs });
      expect(hostOf(again, 'host').changes).toEqual([]);
      expect(again.code).toBe(0);
      expect(await node.sh('stat -fc %T /sys/fs/cgroup')).toBe('cgroup2fs');
      if (answer.runtime !== undefined) task.meta.matrixCell = proved(cell, answer.runtime);
    });
  },
);
