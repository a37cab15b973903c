import { describe, expect, test } from 'vitest';
import type { DesiredRuntime } from '../../../src/core/desired.ts';
import type { Crio } from '../../../src/facts/crio.ts';
import { criO } from '../../../src/installers/cri-o/installer.ts';
import { debian } from '../../../src/os/debian.ts';
import { parseToml, valueAt } from '../../../src/toml/parse.ts';
import { crioRuns } from '../../checks/runtime/facts.ts';
import { aCrio, noCrio } from '../../crio.ts';
import { desiredNode } from '../../desired.ts';
import { someOciRuntimes } from '../../oci-runtimes.ts';
import { aService, bareFacts, observed } from '../../plan/facts.ts';

/** As upstream's package ships it, shortened. */
const packaged = `[crio.runtime]
default_runtime = "crun"
[crio.runtime.runtimes.crun]
runtime_path = "/usr/libexec/crio/crun"
monitor_path = "/usr/libexec/crio/conmon"
[crio.runtime.runtimes.runc]
runtime_path = "/usr/libexec/crio/runc"
monitor_path = "/usr/libexec/crio/conmon"
[crio.image]
pause_image = "registry.k8s.io/pause:3.10.1"
`;
const programs = ['/usr/libexec/crio/crun', '/usr/libexec/crio/runc', '/usr/local/bin/runsc'];
const offer = { candidate: '1.36.1-1.1', versions: ['1.36.1-1.1'], kept: [] };
const ready = {
  crio: aCrio({ '10-crio.conf': packaged }),
  cri: crioRuns('systemd').cri,
  ociRuntimes: someOciRuntimes(programs),
  packages: { ...bareFacts.packages, installed: { 'cri-o': '1.36.1-1.1' }, held: ['cri-o'] },
  services: { 'crio.service': aService({ fragmentPath: '/usr/lib/systemd/system/crio.service' }) },
};
const plan = (facts: Parameters<typeof observed>[0], runtime: Partial<DesiredRuntime>) =>
  criO.plan(observed(facts), desiredNode({ runtime: { name: 'cri-o', ...runtime } }), debian);
const holding = (inForce: Partial<NonNullable<Crio['inForce']>>) => {
  const { inForce: told, ...rest } = ready.crio;
  return { ...ready, crio: { ...rest, inForce: told === undefined ? undefined : { ...told, ...inForce } } };
};

describe('handlers of CRI-O', () => {
  test('those of its package are there, so nothing is planned', () => {
    expect(plan(ready, { handlers: ['runc', 'crun'], defaultHandler: 'crun' })).toMatchObject({
      changes: [],
      refusals: [],
    });
  });

  test('another default is one key in our drop-in, and needs a node without pods', () => {
    const { changes } = plan(ready, { handlers: ['runc', 'crun'], defaultHandler: 'runc' });
    expect(changes).toMatchObject([
      { path: '/etc/crio/crio.conf.d/99-nodeprep.conf', summary: 'default handler = runc', needsNoSandboxes: true },
      { unit: 'crio.service', action: 'restart', because: 'the default handler in force is crun, not runc' },
    ]);
  });

  test('a handler that no file names comes with the monitor of the others', () => {
    const { changes } = plan(ready, { handlers: ['runsc'] });
    const [file] = changes;
    const text = file?.kind === 'file' && file.after.state === 'file' ? file.after.text : '';
    const parsed = parseToml(text);
    expect(parsed.ok && valueAt(parsed.document.value, ['crio', 'runtime', 'runtimes'])).toEqual({
      runsc: {
        runtime_path: '/usr/local/bin/runsc',
        runtime_root: '/run/runsc',
        monitor_path: '/usr/libexec/crio/conmon',
      },
    });
    expect(file).toMatchObject({ summary: 'handler runsc', disruption: 'restart' });
    expect(file?.needsNoSandboxes).toBeUndefined();
  });

  test('what the daemon does not have yet is a restart, from observed state alone', () => {
    const { changes } = plan(holding({ handlers: ['crun'] }), { handlers: ['runc', 'crun'] });
    expect(changes).toMatchObject([{ action: 'restart', because: 'the handler runc is not in force' }]);
  });

  test('before its package is there, only what it cannot bring is missed', () => {
    const bare = { crio: noCrio, candidates: { 'cri-o': offer }, ociRuntimes: someOciRuntimes() };
    const { changes, later } = plan(bare, { handlers: ['runc', 'crun'], defaultHandler: 'runc' });
    expect(changes).toMatchObject([{ name: 'cri-o' }]);
    expect(later.map(({ setting }) => setting)).toEqual(
      expect.arrayContaining([
        'handler runc',
        'handler crun',
        'default handler = runc',
        'crun, version resolved at apply',
      ]),
    );
    expect(plan(bare, { handlers: ['kata'] }).refusals).toMatchObject([
      { message: expect.stringContaining('no containerd-shim-kata-v2') },
    ]);
  });
});
