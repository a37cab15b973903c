import { describe, expect, test } from 'vitest';
import type { DesiredRuntime } from '../../../src/core/desired.ts';
import { known } from '../../../src/core/observed.ts';
import { readConfigSet } from '../../../src/installers/containerd/config-set.ts';
import { planConfig } from '../../../src/installers/containerd/edit-config.ts';
import { planHandlers } from '../../../src/installers/handlers/plan.ts';
import { debian } from '../../../src/os/debian.ts';
import { parseToml, tableAt, valueAt } from '../../../src/toml/parse.ts';
import { desiredNode } from '../../desired.ts';
import { aFile } from '../../host-file.ts';
import { someOciRuntimes } from '../../oci-runtimes.ts';
import { bareFacts, noContainerd } from '../../plan/facts.ts';

const v2 = ['plugins', 'io.containerd.grpc.v1.cri', 'containerd'];
const v3 = ['plugins', 'io.containerd.cri.v1.runtime', 'containerd'];
const found = someOciRuntimes([
  ...['/usr/bin/crun', '/usr/local/bin/runsc', '/usr/local/bin/containerd-shim-runsc-v1'],
  '/usr/local/bin/containerd-shim-kata-v2',
]);

const plan = (text: string | undefined, daemon: string, runtime: Partial<DesiredRuntime>, joined = false) => {
  const desired = desiredNode({ runtime });
  const facts = {
    ...{ packages: bareFacts.packages, clock: bareFacts.clock, candidates: known({}), joined },
    ociRuntimes: known(found),
  };
  const { tables } = planHandlers('containerd', facts, desired.runtime, debian);
  const containerd = {
    ...noContainerd,
    binary: '/usr/bin/containerd',
    config: aFile('/etc/containerd/config.toml', text),
  };
  const read = readConfigSet(containerd, daemon);
  if (!read.ok) throw new Error('a test must give a configuration that can be read');
  return planConfig(read.set, desired, joined, [], tables);
};
const textOf = ({ changes: [change] }: ReturnType<typeof plan>): string =>
  change?.after.state === 'file' ? change.after.text : '';
const tablesOf = (planned: ReturnType<typeof plan>, path: readonly string[]) => {
  const parsed = parseToml(textOf(planned));
  return parsed.ok ? tableAt(parsed.document.value, [...path, 'runtimes']) : undefined;
};

describe('handlers in config.toml', () => {
  test.each([
    ['1.7.24', v2, 'version = 2\n'],
    ['2.1.9', v3, 'version = 3\n'],
  ])('crun on %s: with its program and the driver of the others', (daemon, path, text) => {
    const planned = plan(text, daemon, { handlers: ['runc', 'crun'] });
    expect(planned.refusals).toEqual([]);
    expect(tablesOf(planned, path)?.crun).toEqual({
      runtime_type: 'io.containerd.runc.v2',
      options: { BinaryName: '/usr/bin/crun', SystemdCgroup: true },
    });
    expect(plan(textOf(planned), daemon, { handlers: ['runc', 'crun'] }).changes).toEqual([]);
  });

  test('1.x loses its built-in handler with the first table, so it is said outright', () => {
    const planned = plan('version = 2\n', '1.6.20', { handlers: ['crun'], cgroupDriver: 'cgroupfs' });
    expect(tablesOf(planned, v2)).toEqual({
      runc: { runtime_type: 'io.containerd.runc.v2' },
      crun: { runtime_type: 'io.containerd.runc.v2', options: { BinaryName: '/usr/bin/crun', SystemdCgroup: false } },
    });
  });

  test('gVisor and Kata have no SystemdCgroup', () => {
    const tables = tablesOf(plan('version = 3\n', '2.1.9', { handlers: ['runsc', 'kata'] }), v3);
    expect(tables?.runsc).toEqual({
      runtime_type: 'io.containerd.runsc.v1',
      options: { TypeUrl: 'io.containerd.runsc.v1.options', ConfigPath: '/etc/containerd/runsc.toml' },
    });
    expect(tables?.kata).toEqual({ runtime_type: 'io.containerd.kata.v2', privileged_without_host_devices: true });
  });

  test("somebody's own handler stays as far as it is one", () => {
    const own = `version = 3
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.crun]
  runtime_type = 'io.containerd.runc.v2' # ours
  pod_annotations = ['run.oci.*']
  [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.crun.options]
    BinaryName = '/opt/crun-1.20/crun'
    SystemdCgroup = true
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.kata]
  runtime_type = 'io.containerd.kata-qemu.v2'
  privileged_without_host_devices = false
`;
    const planned = plan(own, '2.1.9', { handlers: ['crun', 'kata'] });
    expect(tablesOf(planned, v3)).toMatchObject({
      crun: { options: { BinaryName: '/opt/crun-1.20/crun' }, pod_annotations: ['run.oci.*'] },
      kata: { runtime_type: 'io.containerd.kata-qemu.v2', privileged_without_host_devices: false },
    });
    expect(planned.changes[0]?.summary).not.toContain('handler');
  });

  test('a new handler restarts; another default needs a node without pods', () => {
    const ready = textOf(plan('version = 2\n', '1.7.24', {}));
    const added = plan(ready, '1.7.24', { handlers: ['crun'] }, true);
    expect(added.changes).toMatchObject([{ summary: 'handler crun', disruption: 'restart' }]);
    expect(added.changes[0]?.needsNoSandboxes).toBeUndefined();
    const chosen = plan(textOf(added), '1.7.24', { handlers: ['crun'], defaultHandler: 'crun' }, true);
    expect(chosen.changes).toMatchObject([
      { summary: 'default handler = crun', disruption: 'drain', needsNoSandboxes: true },
    ]);
    const parsed = parseToml(textOf(chosen));
    expect(parsed.ok && valueAt(parsed.document.value, [...v2, 'default_runtime_name'])).toBe('crun');
  });

  test('a default that no table had yet is no mistake any more', () => {
    const text = `version = 2\n[plugins."io.containerd.grpc.v1.cri".containerd]\ndefault_runtime_name = "crun"\n`;
    expect(plan(text, '1.7.24', {}).refusals).toMatchObject([
      { message: expect.stringContaining('default handler is crun') },
    ]);
    expect(plan(text, '1.7.24', { handlers: ['crun'] }).refusals).toEqual([]);
  });

  test.each([
    [
      '[plugins."io.containerd.grpc.v1.cri".containerd.default_runtime]\nruntime_type = "io.containerd.runc.v2"\n',
      /the table default_runtime, .* beats runtime\.defaultHandler crun$/,
    ],
    [
      '[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runsc.options]\nConfigPath = "/etc/other.toml"\n',
      /gVisor reads \/etc\/other\.toml/,
    ],
  ])('refused: %s', (tables, message) => {
    const wanted = { handlers: ['crun', 'runsc'], defaultHandler: 'crun' } as const;
    expect(plan(`version = 2\n${tables}`, '1.7.24', wanted).refusals).toMatchObject([
      { message: expect.stringMatching(message) },
    ]);
  });
});
