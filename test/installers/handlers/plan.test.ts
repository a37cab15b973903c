import { describe, expect, test } from 'vitest';
import type { DesiredRuntime } from '../../../src/core/desired.ts';
import { known, unknown } from '../../../src/core/observed.ts';
import { kataConfigPaths, type OciRuntimes, runscConfigPath } from '../../../src/facts/oci-runtimes.ts';
import { planHandlers } from '../../../src/installers/handlers/plan.ts';
import { debian } from '../../../src/os/debian.ts';
import { desiredNode } from '../../desired.ts';
import { aFile } from '../../host-file.ts';
import { someOciRuntimes } from '../../oci-runtimes.ts';
import { bareFacts } from '../../plan/facts.ts';

const offer = { candidate: '1.21-1', versions: ['1.21-1'], kept: [] };
const facts = (ociRuntimes: OciRuntimes, joined = false) => ({
  ...{ packages: bareFacts.packages, clock: bareFacts.clock, candidates: known({ crun: offer, runsc: offer }), joined },
  ociRuntimes: known(ociRuntimes),
});
const plan = (found: OciRuntimes, runtime: Partial<DesiredRuntime>, side: 'containerd' | 'crio' = 'containerd') =>
  planHandlers(side, facts(found), desiredNode({ runtime }).runtime, debian);
const shims = ['/usr/local/bin/containerd-shim-runsc-v1', '/usr/local/bin/runsc'];

describe('programs of handlers', () => {
  test('nothing asked for, nothing planned, whatever is unknown', () => {
    const none = { ...facts(someOciRuntimes()), ociRuntimes: unknown('no answer') };
    expect(planHandlers('containerd', none, desiredNode().runtime, debian).refusals).toEqual([]);
    const asked = desiredNode({ runtime: { handlers: ['crun'] } }).runtime;
    expect(planHandlers('containerd', none, asked, debian).refusals).toMatchObject([
      { message: expect.stringContaining('the fact ociRuntimes is unknown: no answer') },
    ]);
  });

  test('crun comes as a package that disturbs nobody, on a joined node too', () => {
    const runtime = desiredNode({ runtime: { handlers: ['crun'], version: '2.1' } }).runtime;
    const { packages } = planHandlers('containerd', facts(someOciRuntimes(), true), runtime, debian);
    expect(packages).toMatchObject(
      [{ name: 'crun', version: '1.21-1', holds: ['crun'], disruption: 'none', phase: 'stage', settings: [/./] }].map(
        row => ({ ...row, settings: ['crun, version resolved at apply'] }),
      ),
    );
    expect(packages[0]?.because).toBe('the inventory asks for the handler crun');
  });

  test('crun is taken where it is', () => {
    const { tables, packages } = plan(someOciRuntimes(['/usr/local/bin/crun', '/usr/bin/crun']), {
      handlers: ['crun'],
    });
    expect(packages).toEqual([]);
    expect(tables[0]?.keys).toContainEqual(
      expect.objectContaining({ path: ['options', 'BinaryName'], value: '/usr/local/bin/crun' }),
    );
  });

  test.each([
    ['of the distribution is held', ['/usr/bin/crun'], 'containerd', ['crun held at 1.21-1']],
    ['of /usr/local is not', ['/usr/local/bin/crun', '/usr/bin/crun'], 'containerd', []],
    ["is not where CRI-O's own is taken", ['/usr/bin/crun', '/usr/libexec/crio/crun'], 'cri-o', []],
  ] as const)('crun %s', (_, programs, name, expected) => {
    const packages = { ...bareFacts.packages, installed: { crun: '1.21-1' } };
    const runtime = desiredNode({ runtime: { name, handlers: ['crun'] } }).runtime;
    const side = name === 'cri-o' ? 'crio' : 'containerd';
    const planned = planHandlers(side, { ...facts(someOciRuntimes(programs)), packages }, runtime, debian).packages;
    expect(planned.map(({ summary }) => summary)).toEqual(expected);
    // A later round may do what was announced of the package.
    expect(planned.flatMap(({ settings = [] }) => settings)).toEqual(
      expected.map(() => 'crun, version resolved at apply'),
    );
  });

  test("CRI-O's own build wins for CRI-O only", () => {
    const found = someOciRuntimes(['/usr/bin/crun', '/usr/libexec/crio/crun']);
    const [own] = plan(found, { name: 'cri-o', handlers: ['crun'] }, 'crio').tables;
    expect(own?.keys).toContainEqual({ path: ['runtime_path'], value: '/usr/libexec/crio/crun' });
  });

  test('containerd does not lean on a build that goes with CRI-O', () => {
    const found = someOciRuntimes(['/usr/libexec/crio/crun']);
    expect(plan(found, { handlers: ['crun'] }).packages).toMatchObject([{ kind: 'package', name: 'crun' }]);
    const [beside] = plan(someOciRuntimes(['/usr/libexec/crio/crun', '/opt/kata/bin/crun']), {
      handlers: ['crun'],
    }).tables;
    expect(beside?.keys).toContainEqual(expect.objectContaining({ value: '/opt/kata/bin/crun' }));
  });

  test.each([
    [['kata'], [], /no containerd-shim-kata-v2, which no package of debian brings/],
    [['runsc'], ['/usr/bin/runsc'], /no containerd-shim-runsc-v1, which no package of debian brings/],
    [['runsc'], [], /no containerd-shim-runsc-v1, which no package of debian brings/],
  ] as const)('%j with %j is refused', (handlers, paths, message) => {
    expect(plan(someOciRuntimes(paths), { handlers }).refusals).toMatchObject([
      { message: expect.stringMatching(message), hint: expect.stringMatching(/then plan again; or take \w+ out/) },
    ]);
  });
});

describe('where each takes its cgroup driver', () => {
  test.each(['systemd', 'cgroupfs'] as const)('gVisor from its own file, as a text: %s', cgroupDriver => {
    const wanted = `[runsc_config]\n  systemd-cgroup = "${cgroupDriver === 'systemd'}"\n`;
    const { files, tables } = plan(someOciRuntimes(shims), { handlers: ['runsc'], cgroupDriver });
    expect(files).toMatchObject([{ path: runscConfigPath, disruption: 'none', after: { text: expect.anything() } }]);
    const [file] = files;
    expect(file?.after.state === 'file' ? file.after.text : '').toContain(wanted);
    expect(tables[0]?.keys.map(({ path }) => path.join('.'))).toEqual([
      'runtime_type',
      'options.TypeUrl',
      'options.ConfigPath',
    ]);
  });

  test('what else is in the file stays, and what is right is left alone', () => {
    const mine = '# ours\nlog_level = "debug"\n[runsc_config]\n  platform = "ptrace" # slow\n';
    const runscConfig = aFile(runscConfigPath, mine);
    const { files } = plan(someOciRuntimes(shims, { runscConfig }), { handlers: ['runsc'] });
    const text = files[0]?.after.state === 'file' ? files[0].after.text : '';
    expect(text).toContain('# ours\nlog_level = "debug"\n[runsc_config]\n  platform = "ptrace" # slow\n');
    const again = someOciRuntimes(shims, { runscConfig: aFile(runscConfigPath, text) });
    expect(plan(again, { handlers: ['runsc'] }).files).toEqual([]);
    const silent = someOciRuntimes(shims, { runscConfig });
    expect(plan(silent, { handlers: ['runsc'], cgroupDriver: 'cgroupfs' }).files).toEqual([]);
  });

  test('a file that does not parse is refused with line and column', () => {
    const runscConfig = aFile(runscConfigPath, 'a = 1\nb = = 2\n');
    expect(plan(someOciRuntimes(shims, { runscConfig }), { handlers: ['runsc'] }).refusals).toMatchObject([
      { message: expect.stringMatching(/^\/etc\/containerd\/runsc\.toml:2:\d+: /) },
    ]);
  });

  const kata = ['/opt/kata/bin/containerd-shim-kata-v2'];
  const packaged = '[hypervisor.qemu]\n# ours?\npath = "/opt/kata/bin/qemu"\n[runtime]\nsandbox_cgroup_only = false\n';
  const withKata = (own: string | undefined) =>
    someOciRuntimes(kata, {
      kataConfigs: kataConfigPaths.map((path, index) => aFile(path, [own, packaged][index])),
    });

  test('Kata from sandbox_cgroup_only: a copy of its own file goes before it, and the program stands where containerd does not look', () => {
    const { files, tables } = plan(withKata(undefined), { handlers: ['kata'] });
    expect(files).toMatchObject([{ path: kataConfigPaths[0], before: { state: 'absent' } }]);
    const text = files[0]?.after.state === 'file' ? files[0].after.text : '';
    expect(text).toContain(packaged.replace('= false', '= true'));
    expect(plan(withKata(text), { handlers: ['kata'] }).files).toEqual([]);
    expect(plan(withKata(undefined), { handlers: ['kata'], cgroupDriver: 'cgroupfs' }).files).toEqual([]);
    const keys = Object.fromEntries(tables[0]?.keys.map(({ path, value }) => [path.join('.'), value]) ?? []);
    expect(keys).toEqual({
      runtime_type: 'io.containerd.kata.v2',
      runtime_path: kata[0],
      privileged_without_host_devices: true,
    });
  });

  test('under CRI-O a machine is run by its shim, and gVisor is told by conmon', () => {
    const { tables, files } = plan(
      someOciRuntimes([...kata, '/usr/bin/runsc']),
      { name: 'cri-o', handlers: ['kata', 'runsc'] },
      'crio',
    );
    expect(files).toEqual([]);
    expect(tables.map(({ keys }) => keys.map(({ path, value }) => `${path.join('.')}=${value}`))).toEqual([
      [
        'runtime_path=/opt/kata/bin/containerd-shim-kata-v2',
        'runtime_type=vm',
        'runtime_root=/run/vc',
        'privileged_without_host_devices=true',
      ],
      ['runtime_path=/usr/bin/runsc', 'runtime_root=/run/runsc'],
    ]);
  });
});
