import type { Finding, HostResult, PlannedChange, Run } from '../../src/core/result.ts';
import type { ReportOptions } from '../../src/report/options.ts';

/** Synthetic results for the report tests. */
export const finding = (over: Partial<Finding> = {}): Finding => ({
  check: 'swap-off',
  title: 'Swap is off',
  status: 'fail',
  severity: 'error',
  message: 'swap is on',
  observed: '/dev/sda2, 2 GiB',
  expected: 'no active swap',
  remedy: 'nodeprep apply',
  fixedByApply: true,
  source: 'https://kubernetes.io/docs/setup/production-environment/tools/kubeadm/install-kubeadm/#swap-configuration',
  ...over,
});

export const pass = (over: Partial<Finding> = {}): Finding =>
  finding({ status: 'pass', check: 'kernel-version', title: 'The kernel is new enough', message: '', ...over });

export const host = (name: string, over: Partial<HostResult> = {}): HostResult => ({
  host: name,
  address: '10.0.0.1',
  state: 'ok',
  findings: [],
  changes: [],
  ...over,
});

export const change = (over: Partial<PlannedChange> = {}): PlannedChange => ({
  id: 'file:/etc/containerd/config.toml',
  kind: 'file',
  target: '/etc/containerd/config.toml',
  summary: 'SystemdCgroup = true for handler runc',
  because: 'the kubelet uses systemd',
  disruption: 'none',
  phase: 'switch',
  reversible: true,
  ...over,
});

export const run = (over: Partial<Run> = {}): Run => ({
  schemaVersion: 1,
  tool: { name: 'nodeprep', version: '0.1.0' },
  command: 'check',
  runId: '20261121-021405-k3f9',
  startedAt: '2026-11-21T02:14:05.000Z',
  durationMs: 912,
  exitCode: 0,
  hosts: [],
  fleet: [],
  ...over,
});

export const options = (over: Partial<ReportOptions> = {}): ReportOptions => ({
  width: 100,
  color: false,
  verbose: false,
  quiet: false,
  inventoryName: 'inventory.yaml',
  ...over,
});
