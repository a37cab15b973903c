import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Disruption, Run } from '../../src/core/result.ts';
import { renderHuman } from '../../src/report/human.ts';
import { renderJson } from '../../src/report/json.ts';
import { textWidth } from '../../src/report/layout.ts';
import { change, finding, host, options, pass, run } from './sample.ts';

const forty = Array.from({ length: 40 }, (_, index) =>
  host(`worker-${index + 1}`, { address: `10.0.1.${index + 1}`, findings: [finding(), pass()] }),
);
const mixed = [
  finding({ check: 'a-pass', status: 'pass' }),
  finding({ check: 'a-skip', status: 'skip', message: 'the host is a container' }),
  finding({ check: 'a-waived', waiver: { owner: 'ops@example.com', reason: 'test machines', expires: '2027-01-31' } }),
  finding({ check: 'an-unknown', status: 'unknown', title: 'Kernel options', message: '/boot/config needs root' }),
  finding({ check: 'a-warning', severity: 'warning' }),
  finding({ check: 'an-error' }),
];
const position = (text: string, word: string) => {
  const at = text.indexOf(word);
  expect(at, word).toBeGreaterThanOrEqual(0);
  return at;
};

describe('check', () => {
  it('looks like this', () => {
    const text = renderHuman(
      run({
        exitCode: 3,
        hosts: [
          host('cp-1', {
            address: '10.0.0.11',
            state: 'unreachable',
            error: { code: 'connect-refused', message: 'nothing listens at 10.0.0.11:22', hint: 'Is sshd running?' },
          }),
          host('worker-1', {
            address: '10.0.0.21',
            summary: 'Debian 13, Linux 6.12.41',
            findings: [finding(), pass()],
          }),
        ],
      }),
      options(),
    );
    expect(text).toMatchInlineSnapshot(`
      "2 hosts in 0.9 s

      cp-1  10.0.0.11                                                                          unreachable
        nothing listens at 10.0.0.11:22
        Is sshd running?

      worker-1  10.0.0.21  Debian 13, Linux 6.12.41                                                1 error
        ✗ swap is on                                                                              swap-off
            observed   /dev/sda2, 2 GiB
            expected   no active swap
            remedy     nodeprep apply
            source     https://kubernetes.io/docs/setup/production-environment/tools/kubeadm/install-kubeadm/#swap-configuration

      1 of 2 checks pass on 1 host.
      ✗ 1 error on 1 host, 1 host unreachable.
      The error is fixed by: nodeprep apply inventory.yaml
      "
    `);
  });

  it('tells errors first, then warnings, unknown and waived; passing and skipped are counted', () => {
    const text = renderHuman(run({ hosts: [host('a', { findings: mixed })] }), options());
    const told = ['an-error', 'a-warning', 'an-unknown', 'a-waived'].map(id => position(text, id));
    expect(told).toEqual([...told].sort((a, b) => a - b));
    expect(text).not.toContain('a-pass');
    expect(text).not.toContain('a-skip');
    expect(text).toContain('1 error, 1 warning, 1 unknown, 1 waived');
    expect(text).toContain('? Kernel options: /boot/config needs root');
    expect(text).toContain('until 2027-01-31, ops@example.com: test machines');
  });

  it('lists everything when verbose, and errors only when quiet', () => {
    const verbose = renderHuman(run({ hosts: [host('a', { findings: mixed })] }), options({ verbose: true }));
    for (const { check } of mixed) expect(verbose).toContain(check);
    const quiet = renderHuman(run({ hosts: [host('a', { findings: mixed }), host('fine')] }), options({ quiet: true }));
    expect(quiet).toContain('an-error');
    for (const word of ['a-warning', 'an-unknown', 'a-waived', 'fine', 'source']) expect(quiet).not.toContain(word);
  });

  it('tells once what many hosts share', () => {
    const text = renderHuman(run({ hosts: forty }), options());
    expect(text.match(/swap is on/g)).toHaveLength(1);
    expect(text).toContain('(worker-1 … worker-40, 40 hosts)');
    expect(text).toContain('40 errors on 40 hosts');
    expect(text.split('\n').length).toBeLessThan(20);
  });

  it('tells apart what differs in one word', () => {
    const hosts = ['a', 'b'].map(name => host(name, { findings: [finding({ observed: `/dev/${name}` })] }));
    const text = renderHuman(run({ hosts }), options());
    expect(text).toContain('/dev/a');
    expect(text).toContain('/dev/b');
  });

  it('says an expired waiver ran out, and counts the error', () => {
    const waiver = { owner: 'ops', reason: 'later', expires: '2026-11-20' };
    const text = renderHuman(run({ hosts: [host('a', { findings: [finding({ waiver })] })] }), options());
    expect(text).toContain('ran out on 2026-11-20');
    expect(text).toContain('1 error on 1 host');
  });

  it('names the command that fixes, as far as apply fixes', () => {
    const findings = [finding(), finding({ check: 'cpu-count', message: 'one CPU', fixedByApply: false })];
    const text = renderHuman(run({ hosts: [host('a', { findings })] }), options());
    expect(text).toContain('1 of the 2 errors is fixed by: nodeprep apply inventory.yaml');
  });

  it('counts errors, and nothing else, as fixed by it', () => {
    const findings = [finding(), finding({ check: 'swap-at-boot' }), finding({ check: 'x', severity: 'warning' })];
    const text = renderHuman(run({ hosts: [host('a', { findings })] }), options());
    expect(text).toContain('All 2 errors are fixed by: nodeprep apply inventory.yaml');
  });

  it('says that the command needs root where there is none', () => {
    const rootless = finding({ check: 'root-access', severity: 'warning', fixedByApply: false });
    const [without, withRoot] = [host('a', { findings: [finding(), rootless] }), host('b', { findings: [finding()] })];
    const ends = (hosts: Run['hosts']) => renderHuman(run({ hosts }), options()).trimEnd().split('\n').at(-1);
    const command = 'nodeprep apply inventory.yaml';
    expect(ends([without])).toBe(`The error is fixed, once root can be had, by: ${command}`);
    expect(ends([without, withRoot])).toBe(
      `All 2 errors are fixed, once root can be had on every host, by: ${command}`,
    );
    expect(ends([withRoot])).toBe(`The error is fixed by: ${command}`);
  });

  it('stays within a narrow terminal', () => {
    const hosts = [host('a', { summary: 'Debian 13, Linux 6.12.41, containerd 1.7.24', findings: mixed })];
    const lines = renderHuman(run({ hosts }), options({ width: 40 })).split('\n');
    const long = lines.filter(line => textWidth(line) > 40 && !line.includes('https://'));
    expect(long).toEqual([]);
  });

  it('adds nothing but colour with colour', () => {
    const hosts = [host('a', { findings: mixed }), host('b', { state: 'failed' })];
    const plain = renderHuman(run({ hosts }), options());
    const coloured = renderHuman(run({ hosts }), options({ color: true }));
    expect(plain).not.toContain('\u001b');
    expect(coloured).toContain('\u001b[31m');
    expect(coloured.replace(/\u001b\[\d+m/g, '')).toBe(plain);
  });

  it('has marks for terminals that show ASCII only', () => {
    const text = renderHuman(run({ hosts: [host('a', { findings: mixed })] }), options({ ascii: true, verbose: true }));
    expect(text).toMatch(/^[\x20-\x7e\n]*$/);
  });

  it('shows what a host sends without obeying it', () => {
    const evil = '\u001b]0;x\u0007\u009b2J\u202e';
    const findings = [finding({ message: evil, observed: `${evil}\nNo errors` })];
    const text = renderHuman(run({ hosts: [host(evil, { summary: `x\nfake ${evil}`, findings })] }), options());
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    expect(text).not.toMatch(/^(No errors|fake)/m);
  });
});

describe('plan', () => {
  const diff = '--- a\n+++ b\n@@ -1 +1 @@\n-SystemdCgroup = false\n+SystemdCgroup = true\n';
  const changes = [
    change({ diff, disruption: 'restart' }),
    change({ id: 'p', kind: 'package', target: 'containerd', summary: 'install 1.7.24', reversible: false }),
    change({ id: 'l', kind: 'later', target: '/etc/x', summary: 'sandbox image = pause' }),
  ];

  it('shows the change, its reason, its diff, its disruption and what comes later', () => {
    const text = renderHuman(run({ command: 'plan', hosts: [host('a', { changes })] }), options());
    expect(text).toContain('a  2 changes, disturbs by restart');
    expect(text).toMatch(/~ \/etc\/containerd\/config\.toml +restart$/m);
    expect(text).toContain('because  the kubelet uses systemd');
    expect(text).toContain('      +SystemdCgroup = true');
    expect(text).toMatch(/\+ package containerd +cannot be undone$/m);
    expect(text).toContain('sandbox image = pause');
    expect(text).toContain('nodeprep apply inventory.yaml');
  });

  it('does not call it a disturbance that a runtime which is new there is set up', () => {
    const later = change({ id: 'l', kind: 'later', disruption: 'restart' });
    const says = (disruption: Disruption) =>
      renderHuman(
        run({ command: 'plan', hosts: [host('a', { changes: [change({ kind: 'package', disruption }), later] })] }),
        options(),
      );
    expect(says('none')).toContain('a  1 change, nothing is disturbed');
    expect(says('restart')).toContain('a  1 change, disturbs by restart');
  });

  it('tells equal plans once and says when there is nothing to do', () => {
    const same = ['w-1', 'w-2', 'w-3'].map(name => host(name, { changes }));
    expect(renderHuman(run({ command: 'plan', hosts: same }), options())).toContain('w-1 … w-3  2 changes');
    expect(renderHuman(run({ command: 'plan', hosts: [host('a')] }), options())).toContain('Nothing to change.');
  });

  it('cuts a long diff and says so', () => {
    const long = Array.from({ length: 100 }, (_, index) => `+line ${index}`).join('\n');
    const hosts = [host('a', { changes: [change({ diff: long })] })];
    expect(renderHuman(run({ command: 'plan', hosts }), options())).toContain('40 more lines');
    expect(renderHuman(run({ command: 'plan', hosts }), options({ verbose: true }))).toContain('+line 99');
  });

  it.each(['error', 'info'] as const)(
    'tells of a run that holds the host (%s): what is there now may go back',
    severity => {
      const message = 'run 20261122-055709-ad9f by root@vm was interrupted and is not settled';
      const unsettled = finding({
        check: 'unfinished-run',
        severity,
        message,
        remedy: 'nodeprep recover INVENTORY',
      });
      const told = renderHuman(
        run({ command: 'plan', hosts: [host('a', { findings: [unsettled, finding()] })] }),
        options(),
      );
      expect(told).toContain(message);
      expect(told).toContain('nodeprep recover INVENTORY');
      expect(told).not.toContain('swap is on');
      const settled = pass({ check: 'unfinished-run', observed: 'no runs' });
      const quiet = renderHuman(run({ command: 'plan', hosts: [host('a', { findings: [settled] })] }), options());
      expect(quiet).not.toContain('unfinished-run');
    },
  );

  it('says why it would be refused', () => {
    const error = { code: 'joined-node', message: 'a is a node of a cluster', hint: 'Drain it first.' };
    const hosts = [host('a', { state: 'refused', error })];
    const text = renderHuman(run({ command: 'plan', exitCode: 5, hosts }), options());
    for (const words of ['a  refused', error.message, error.hint, '1 host refused']) expect(text).toContain(words);
  });
});

describe('apply, rollback and recover', () => {
  it('says what became of each host and how to undo it', () => {
    const hosts = [
      host('a', { outcome: 'changed', changes: [change({ status: 'done' })] }),
      host('b', { state: 'failed', outcome: 'reverted', error: { code: 'verify-failed', message: 'no answer' } }),
      host('c', { state: 'refused', outcome: 'unchanged', error: { code: 'lock-held', message: 'run x works on it' } }),
      host('d', { state: 'failed', outcome: 'partial', notReverted: ['package containerd'] }),
    ];
    const text = renderHuman(run({ command: 'apply', exitCode: 3, hosts }), options());
    expect(text).toContain('a  changed, 1 change');
    expect(text).toContain('b  reverted, as before the run\n  no answer');
    expect(text).toContain('c  refused, nothing was changed\n  run x works on it');
    expect(text).toContain('left       package containerd');
    expect(text).toContain('1 host changed, 1 host reverted, 1 host reverted only in part, 1 host refused.');
    expect(text).toContain('nodeprep rollback inventory.yaml --run 20261121-021405-k3f9');
  });

  it('names what was staged, archives too', () => {
    const archive = change({ id: 'archive:runc', kind: 'archive', target: 'runc', status: 'done' });
    const hosts = [host('a', { outcome: 'unchanged', changes: [archive], staged: { packages: [] } })];
    expect(renderHuman(run({ command: 'apply', hosts }), options())).toMatch(/staged +the archive of runc/);
  });

  it('shows how the runtime answered', () => {
    const runtime = {
      name: 'containerd',
      version: '2.1.4',
      endpoint: 'unix:///run/containerd/containerd.sock',
      cgroupDriver: 'systemd',
      cgroupDriverFrom: 'RuntimeConfig',
      sandboxImage: 'registry.k8s.io/pause:3.10.1',
      sandbox: 'skipped',
    } as const;
    const hosts = [host('a', { outcome: 'unchanged', runtime })];
    expect(renderHuman(run({ command: 'apply', hosts }), options({ width: 200 }))).toContain(
      'containerd 2.1.4: cgroup driver systemd (RuntimeConfig), sandbox image registry.k8s.io/pause:3.10.1',
    );
  });

  it('speaks of restoring on rollback and does not count findings', () => {
    const hosts = [host('a', { outcome: 'changed', findings: [finding()] })];
    const text = renderHuman(run({ command: 'rollback', hosts }), options());
    expect(text).toContain('✓ 1 host restored.');
  });
});

describe('any run', () => {
  it('never throws, never prints control characters', () => {
    const text = fc.string({ unit: 'binary' });
    const anyHost = fc.record({
      name: text,
      message: text,
      diff: text,
      state: fc.constantFrom('ok', 'failed', 'refused'),
    });
    const commands = fc.constantFrom('check', 'plan', 'apply', 'rollback', 'recover', 'reset');
    fc.assert(
      fc.property(fc.array(anyHost), commands, fc.integer({ min: 0, max: 200 }), (given, command, width) => {
        const hosts = given.map(({ name, message, diff, state }) =>
          host(name, { state, findings: [finding({ message })], changes: [change({ summary: message, diff })] }),
        );
        const shown = renderHuman(run({ command, hosts } as Parameters<typeof run>[0]), options({ width }));
        expect(shown).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028-\u202e]/);
      }),
    );
  });
});

describe('json', () => {
  it('is the run and nothing else, harmless on a terminal', () => {
    const given = run({ hosts: [host('a\u001b\u009b\u202e', { findings: mixed })] });
    const text = [...renderJson(given)].join('');
    expect(JSON.parse(text)).toEqual(given);
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  });

  it('comes in pieces that are the text of the whole', () => {
    const hosts = fc.array(fc.string().map(name => host(name, { findings: mixed })));
    fc.assert(
      fc.property(hosts, fc.string(), (given, name) => {
        const whole = run({ hosts: given, batches: [['"hosts": [', name]] });
        expect([...renderJson(whole)].join('')).toBe(`${JSON.stringify(whole, null, 2)}\n`);
      }),
    );
  });
});
