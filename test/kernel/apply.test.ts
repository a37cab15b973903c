import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addSwapFile, bootKernelNode, type KernelNode, requireKernelLab } from '../lab/index.ts';
import { type CliRun, errorsOf, findingOf, hostOf } from '../nodes/support/cli.ts';
import { type HostState, hostState } from '../nodes/support/host-state.ts';
import { at, openWorkplace, type Workplace } from '../nodes/support/workplace.ts';

const reason = requireKernelLab();

/** What the kernel says at this moment, without nodeprep; in one login, which takes a second here. */
const readKernel = async (node: KernelNode) => {
  const answers = await node.sh(`cd /proc/sys/net
    cat ../kernel/random/boot_id ipv4/ip_forward
    for call in iptables ip6tables; do cat bridge/bridge-nf-call-$call 2>/dev/null || echo absent; done
    systemctl is-active containerd || true
    swapon --show=NAME --noheadings`);
  const [boot, forward, iptables, ip6tables, containerd, ...swaps] = answers.split('\n');
  return { boot, forward, bridge: [iptables, ip6tables], containerd, swaps };
};

const unprepared = { forward: '0', bridge: ['absent', 'absent'], swaps: ['/swapfile'] };
const prepared = { forward: '1', bridge: ['1', '1'], swaps: [], containerd: 'active' };

// The whole way is walked once; a boot costs a minute, so the tests below only judge what was seen.
describe.skipIf(reason)(`a host with its own kernel${reason ? ` (${reason})` : ''}`, () => {
  let node: KernelNode;
  let place: Workplace;
  const steps = new Map<string, CliRun>();
  const kernels = new Map<string, Awaited<ReturnType<typeof readKernel>>>();
  let bare: HostState;
  let restored: HostState;

  beforeAll(async () => {
    place = await openWorkplace();
    node = await bootKernelNode({ suite: 'trixie', log: line => console.error(line) });
    await addSwapFile(node);
    await node.sh(`printf '# baseline\\nnet.ipv4.ip_forward = 0\\n' >/etc/sysctl.d/99-hardening.conf
      sysctl -q -p /etc/sysctl.d/99-hardening.conf`);
    const inventory = place.inventory('kernel', { host: at(node, { ssh: { port: node.port } }) }, { waivers: [] });
    const step = async (name: string, command: string, ...args: string[]): Promise<void> => {
      steps.set(name, await place.json([command, inventory, ...args], { timeoutMs: 600_000 }));
      kernels.set(name, await readKernel(node));
    };

    bare = await hostState(node);
    await step('first check', 'check');
    await step('apply', 'apply', '--yes');
    await step('check', 'check');
    await step('plan', 'plan', '--detailed-exitcode');
    await node.reboot();
    await step('check after reboot', 'check');
    await step('plan after reboot', 'plan', '--detailed-exitcode');
    await step('rollback', 'rollback', '--yes');
    restored = await hostState(node);
  });
  afterAll(async () => {
    await node?.remove();
    place?.remove();
  });

  const on = (name: string) => {
    const step = steps.get(name);
    const kernel = kernels.get(name);
    if (step === undefined || kernel === undefined) throw new Error(`step ${name} was not reached`);
    return { code: step.code, host: hostOf(step, 'host'), kernel };
  };

  it('is found wanting, now and at the next boot', () => {
    const { code, host, kernel } = on('first check');
    expect(errorsOf(host)).toEqual([
      'ip-forward',
      'ip-forward-at-boot',
      'runtime-installed',
      'swap-off',
      'swap-off-at-boot',
    ]);
    expect(findingOf(host, 'ip-forward-at-boot').observed).toContain('/etc/sysctl.d/99-hardening.conf:2');
    expect(findingOf(host, 'swap-off-at-boot').observed).toContain('/etc/fstab:2');
    for (const check of ['br-netfilter', 'br-netfilter-at-boot']) expect(findingOf(host, check).status).toBe('fail');
    expect(kernel).toMatchObject(unprepared);
    expect(code).toBe(1);
  });

  it.each(['first check', 'check', 'check after reboot'])('has every cgroup controller: %s', name => {
    expect(findingOf(on(name).host, 'cgroup-controllers')).toMatchObject({ status: 'pass' });
    expect(findingOf(on(name).host, 'cgroup-controllers')).not.toHaveProperty('waiver');
  });

  it('is changed by apply: modules, sysctls, swap, runtime', () => {
    const { code, host, kernel } = on('apply');
    expect(host).toMatchObject({ state: 'ok', outcome: 'changed', runtime: { cgroupDriver: 'systemd' } });
    expect(new Set(host.changes.map(({ status }) => status))).toEqual(new Set(['done']));
    expect(host.changes.map(({ kind, target }) => `${kind} ${target}`)).toEqual(
      expect.arrayContaining([
        'file /etc/modules-load.d/nodeprep.conf',
        'module br_netfilter',
        'sysctl net.bridge.bridge-nf-call-iptables',
        'file /etc/sysctl.d/99-zz-nodeprep.conf',
        'swap /swapfile',
        'file /etc/fstab',
        'package containerd',
      ]),
    );
    expect(kernel).toMatchObject(prepared);
    expect(code).toBe(0);
  });

  it.each(['check', 'check after reboot'])('has no errors left: %s', name => {
    const { code, host, kernel } = on(name);
    expect(errorsOf(host)).toEqual([]);
    for (const check of ['ip-forward', 'ip-forward-at-boot', 'br-netfilter', 'br-netfilter-at-boot', 'swap-off']) {
      expect(findingOf(host, check)).toMatchObject({ check, status: 'pass' });
    }
    expect(kernel).toMatchObject(prepared);
    expect(code).toBe(0);
  });

  it.each(['plan', 'plan after reboot'])('has nothing left to change: %s', name => {
    expect(on(name)).toMatchObject({ code: 0, host: { state: 'ok', changes: [] } });
  });

  it('was really booted again in between', () => {
    expect(on('check after reboot').kernel.boot).not.toBe(on('check').kernel.boot);
  });

  it('is as before after rollback, swap in use again', () => {
    const { code, host, kernel } = on('rollback');
    expect(host).toMatchObject({ state: 'ok', outcome: 'changed' });
    expect(kernel).toMatchObject({ forward: '0', swaps: ['/swapfile'] });
    expect(code).toBe(0);
    // Modules stay loaded until the next boot, and with them what they bring; a boot lay in between, so units differ.
    for (const section of ['files', 'content', 'packages', 'holds', 'autoMarks', 'enablement'] as const) {
      expect(restored[section]).toBe(bare[section]);
    }
  });
});
