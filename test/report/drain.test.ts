import { describe, expect, test } from 'vitest';
import type { DrainAnswer, HostResult, PodVerdict } from '../../src/core/result.ts';
import { renderHuman } from '../../src/report/human.ts';
import type { RolloutNotes } from '../../src/report/options.ts';
import { change, finding, host, options, run } from './sample.ts';

const verdicts = (verdict: PodVerdict['verdict'], names: readonly string[], reason?: string): readonly PodVerdict[] =>
  names.map(name => ({ namespace: 'shop', name, verdict, ...(reason === undefined ? {} : { reason }) }));

const drain = (...pods: readonly (readonly PodVerdict[])[]): DrainAnswer => ({
  feasible: pods.flat().every(({ verdict }) => verdict !== 'block'),
  pods: pods.flat(),
});

const numbered = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, index) => `${prefix}-${index + 1}`);
const moving = verdicts('move', numbered('cart', 6));
const staying = verdicts('stay', ['proxy-1', 'proxy-2'], 'of DaemonSet shop/proxy, which runs on every node');

const notes = (over: Partial<RolloutNotes> = {}): RolloutNotes => ({
  atOnce: [],
  batches: [],
  workers: 2,
  drains: [],
  ...over,
});
const batch = (hosts: readonly string[], over: Partial<RolloutNotes['batches'][number]> = {}) => ({
  hosts,
  role: 'worker' as const,
  kind: 'drain' as const,
  reason: 'workers' as const,
  ...over,
});

const plan = (hosts: readonly HostResult[], rollout?: RolloutNotes, over: Parameters<typeof options>[0] = {}) =>
  renderHuman(run({ command: 'plan', hosts }), options({ rolloutNotes: rollout, ...over }));

const drained = (name: string, answer: DrainAnswer) =>
  host(name, { changes: [change({ disruption: 'drain' })], drain: answer });

describe('plan', () => {
  test('looks like this', () => {
    const hosts = [
      drained('worker-1', drain(moving, verdicts('move', ['bare'], 'no controller, accepted'), staying)),
      host('worker-2', { changes: [change()] }),
    ];
    const rollout = notes({
      atOnce: ['worker-2'],
      batches: [batch(['worker-1'])],
      drains: [
        {
          host: 'worker-1',
          estimateSeconds: 40,
          warnings: [
            {
              pods: numbered('shop/cart', 6),
              reason: 'no room on another node now (not enough cpu), Pending until there is some',
            },
          ],
        },
      ],
    });
    expect(plan(hosts, rollout)).toMatchInlineSnapshot(`
      "2 hosts in 0.9 s

      worker-1  1 change, node is drained first (7 pods move, 2 stay)
        ~ /etc/containerd/config.toml                                                                drain
            SystemdCgroup = true for handler runc
            because  the kubelet uses systemd
        ! shop/bare: no controller, accepted
        ! shop/cart-1, shop/cart-2, shop/cart-3 and 3 more: no room on another node now (not enough cpu),
          Pending until there is some

      worker-2  1 change, nothing is disturbed
        ~ /etc/containerd/config.toml
            SystemdCgroup = true for handler runc
            because  the kubelet uses systemd

      batches    worker-2 at once; then worker-1 (1 of 2 workers at a time)
      blocked    nothing.   Estimated drain time of worker-1: 40 s

      ~ 2 hosts would change.
      Nothing was changed.  Save it with --out plan.json, run it with:
        nodeprep apply inventory.yaml
      "
    `);
  });

  test.each([
    [drain(), 'node is drained first (it has no pods)'],
    [drain(verdicts('move', ['a'])), 'node is drained first (1 pod moves)'],
    [drain(staying), 'node is drained first (0 pods move, 2 stay)'],
    [drain(moving, staying, verdicts('block', ['x'])), 'node cannot be drained (1 of 9 pods in the way)'],
  ])('%#: %s', (answer, says) => expect(plan([drained('worker-1', answer)])).toContain(says));

  test('a refused drain is told with its blockers and remedies', () => {
    const error = {
      code: 'drain-infeasible',
      message:
        'draining Node worker-2 would never finish, or would lose what nobody agreed to lose:\n- PodDisruptionBudget shop/cart allows 0 of 2 to go (minAvailable 2). Scale shop/cart to 3, or lower its budget, or --limit other hosts.',
    };
    const refused = {
      ...drained('worker-2', drain(moving, verdicts('block', ['cart-7']))),
      state: 'refused' as const,
      error,
    };
    const text = plan(
      [refused],
      notes({ batches: [batch(['worker-2'])], drains: [{ host: 'worker-2', estimateSeconds: 30, warnings: [] }] }),
    );
    expect(text).toContain('worker-2  refused, node cannot be drained (1 of 7 pods in the way)');
    expect(text).toContain('PodDisruptionBudget shop/cart allows 0 of 2 to go (minAvailable 2).');
    expect(text).toContain('blocked    the drain of worker-2, see above.\n');
    expect(text).not.toContain('Estimated');
  });

  test('a plan that is refused for another reason does not say that nothing is in the way', () => {
    const error = { code: 'cluster-mismatch', message: 'this is another cluster than that of the host' };
    const refused = { ...drained('worker-2', drain(moving)), state: 'refused' as const, error };
    const text = plan(
      [drained('worker-1', drain(moving)), refused],
      notes({
        batches: [batch(['worker-1']), batch(['worker-2'])],
        drains: [{ host: 'worker-1', estimateSeconds: 30, warnings: [] }],
      }),
    );
    expect(text).toContain('blocked    worker-2, refused, see above.   Estimated drain time of worker-1: 30 s');
    expect(text).not.toContain('nothing.');
  });

  test('all pods with --verbose, none with --quiet', () => {
    const hosts = [drained('worker-1', drain(moving, staying))];
    expect(plan(hosts, undefined, { verbose: true })).toContain(
      'i shop/proxy-1, shop/proxy-2: stays: of DaemonSet shop/proxy, which runs on every node',
    );
    expect(plan(hosts, undefined, { quiet: true })).not.toContain('proxy');
  });

  test('names of pods cannot forge lines', () => {
    const evil = verdicts('move', ['a\n✓ all is well'], 'x');
    expect(plan([drained('worker-1', drain(evil))])).not.toContain('\n✓ all is well');
    const warnings = [{ pods: ['a\n✓ all is well'], reason: 'y\u001b[2J' }];
    const text = plan(
      [drained('worker-1', drain())],
      notes({ drains: [{ host: 'worker-1', estimateSeconds: 1, warnings }] }),
    );
    expect(text).not.toContain('\n✓ all is well');
    expect(text).not.toContain('\u001b');
  });
});

test('what would be refused is not recommended', () => {
  const hosts = [{ ...drained('worker-1', drain(verdicts('block', ['x']))), state: 'refused' as const }];
  const text = renderHuman(run({ command: 'plan', hosts, exitCode: 5 }), options());
  expect(text).toContain('Nothing was changed.\n');
  expect(text).not.toContain('nodeprep apply');
});

describe('batches', () => {
  const line = (over: Partial<RolloutNotes>) =>
    plan([host('worker-1', { changes: [change()] })], notes(over), { width: 300 })
      .split('\n')
      .find(text => text.startsWith('batches'))
      ?.replace(/^batches +/, '');

  test.each([
    [
      'as in the example',
      { atOnce: ['worker-2'], batches: [batch(['worker-1'])] },
      'worker-2 at once; then worker-1 (1 of 2 workers at a time)',
    ],
    [
      'many batches of a kind are one',
      {
        workers: 200,
        batches: Array.from({ length: 10 }, (_, index) => batch(numbered('w', 200).slice(index * 20, index * 20 + 20))),
      },
      'w-1 … w-200 (20 of 200 workers at a time)',
    ],
    [
      'broken, canary, workers, control planes',
      {
        workers: 5,
        batches: [
          batch(['w-5'], { reason: 'broken' }),
          batch(['w-1'], { reason: 'canary' }),
          batch(['w-2', 'w-3']),
          batch(['w-4']),
          batch(['cp-1'], { role: 'control-plane', reason: 'control-plane' }),
          batch(['cp-2'], { role: 'control-plane', reason: 'control-plane' }),
        ],
      },
      'w-5 (out of service already, 1 of 5 workers at a time); then w-1 (canary, one at a time); then w-2 … w-4 (2 of 5 workers at a time); then cp-1, cp-2 (control planes go one at a time)',
    ],
    ['restarts', { batches: [batch(['w-1'], { kind: 'restart' })] }, 'w-1 (1 of 2 workers at a time, without drain)'],
    ['hosts that are no nodes need no telling', { atOnce: ['worker-1'] }, undefined],
  ] as const)('%s', (_, over, expected) => expect(line(over)).toBe(expected));

  test('the longest drain is told', () => {
    const drains = [
      { host: 'w-1', estimateSeconds: 30, warnings: [] },
      { host: 'w-2', estimateSeconds: 90, warnings: [] },
    ];
    const text = plan(
      [host('w-1', { changes: [change()] })],
      notes({ batches: [batch(['w-1']), batch(['w-2'])], drains }),
    );
    expect(text).toContain('blocked    nothing.   Estimated drain time: up to 90 s (w-2)');
  });
});

describe('what concerns the cluster', () => {
  const cluster = {
    uid: 'u',
    findings: [
      finding({ check: 'kubelet-config-map', severity: 'info', message: 'the cluster has no kubelet-config' }),
    ],
    changes: [change({ target: 'ConfigMap kube-system/kubelet-config', summary: 'cgroupDriver: cgroupfs → systemd' })],
  };

  test.each(['plan', 'apply'] as const)('is told by %s', command => {
    const text = renderHuman(run({ command, cluster, hosts: [host('a')] }), options());
    expect(text).toContain('cluster  1 change\n');
    expect(text).toContain('the cluster has no kubelet-config');
    expect(text).toContain('ConfigMap kube-system/kubelet-config');
    expect(text).toContain('cgroupDriver: cgroupfs → systemd');
  });
});
