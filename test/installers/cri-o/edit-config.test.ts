import { describe, expect, test } from 'vitest';
import { planConfig } from '../../../src/installers/cri-o/edit-config.ts';
import { aCrio } from '../../crio.ts';
import { desiredNode } from '../../desired.ts';
import { aFile } from '../../host-file.ts';

/** As CRI-O's package ships it. */
const packaged = `[crio.image]
signature_policy = "/etc/crio/policy.json"

[crio.runtime]
default_runtime = "crun"

[crio.runtime.runtimes.crun]
runtime_path = "/usr/libexec/crio/crun"
monitor_path = "/usr/libexec/crio/conmon"
`;
const image = 'registry.k8s.io/pause:3.10.1';
const pinned = `[crio.image]\npause_image = "${image}"\n`;
const plan = (files: Readonly<Record<string, string>>, runtime = {}, joined = false) =>
  planConfig(aCrio(files), desiredNode({ runtime: { name: 'cri-o', ...runtime } }), joined);
const written = (...args: Parameters<typeof plan>) => {
  const { changes, refusals } = plan(...args);
  expect(refusals).toEqual([]);
  return changes.map(({ path, after, summary, disruption }) => ({
    path: path.replace('/etc/crio/crio.conf.d/', ''),
    text: after.state === 'file' ? after.text.replace(/^# Written by nodeprep\..*\n\n/, '') : '',
    summary,
    disruption,
  }));
};

describe('the configuration of CRI-O', () => {
  test('as packaged: only what is no default, in a file of our own', () => {
    expect(written({ '10-crio.conf': packaged })).toEqual([
      {
        path: '99-nodeprep.conf',
        text: `[crio.image]\n  pause_image = "${image}"\n`,
        summary: `pause_image = ${image}`,
        disruption: 'reload',
      },
    ]);
  });

  test.each([
    ['by the package and ours', { '10-crio.conf': packaged, '99-nodeprep.conf': pinned }],
    ['by somebody else', { '10-crio.conf': packaged, 'zz.conf': pinned }],
  ])('as desired %s: nothing', (_, files) => {
    expect(written(files)).toEqual([]);
  });

  test('cgroupfs takes the cgroup of conmon along, and empties a node that has pods', () => {
    const files = { '10-crio.conf': packaged, '99-nodeprep.conf': pinned };
    const [change, ...more] = written(files, { cgroupDriver: 'cgroupfs' }, true);
    expect(more).toEqual([]);
    expect(change).toMatchObject({
      summary: 'cgroup_manager = cgroupfs, conmon_cgroup = pod',
      disruption: 'drain',
      text: `${pinned}\n[crio.runtime]\n  cgroup_manager = "cgroupfs"\n  conmon_cgroup = "pod"\n`,
    });
    expect(plan(files, { cgroupDriver: 'cgroupfs' }).changes).toMatchObject([{ needsNoSandboxes: true }]);
    expect(plan({ '10-crio.conf': packaged }).changes.map(({ needsNoSandboxes }) => needsNoSandboxes)).toEqual([
      undefined,
    ]);
  });

  test.each([
    ['pod', []],
    ['machine.slice', []],
    ['', []],
    ['machine', ['conmon_cgroup = pod']],
  ])('systemd with conmon in %j', (conmon, words) => {
    const files = { 'a.conf': `[crio.runtime]\nconmon_cgroup = "${conmon}"\n`, 'b.conf': pinned };
    expect(written(files).map(({ summary }) => summary)).toEqual(words);
  });

  describe('conmon of single handlers (monitor_cgroup)', () => {
    const handlers = (crun: string, runc: string, more = '') => `[crio.runtime]
${more}[crio.runtime.runtimes.crun]
monitor_cgroup = "${crun}" # of ours
runtime_path = "/usr/libexec/crio/crun"
[crio.runtime.runtimes.runc]
monitor_cgroup = "${runc}"
`;
    const pair = (crun: string, runc: string, more = '') => ({
      '50-site.conf': handlers(crun, runc, more),
      '99-nodeprep.conf': pinned,
    });
    const cgroupfs = 'cgroup_manager = "cgroupfs"\n';

    test.each([
      ['pod', 'machine.slice'],
      ['', 'system.slice'],
    ])('systemd with %j and %j: nothing', (crun, runc) => expect(written(pair(crun, runc))).toEqual([]));

    test('what systemd does not start with is set where the handler stands, never in a file that would replace its table', () => {
      expect(written(pair('/conmon', 'pod'))).toEqual([
        {
          path: '50-site.conf',
          text: handlers('pod', 'pod'),
          summary: 'monitor_cgroup of crun = pod',
          disruption: 'restart',
        },
      ]);
    });

    test('conmon_cgroup wins over all of them', () => {
      expect(written(pair('/conmon', 'pod', 'conmon_cgroup = "pod"\n'))).toEqual([]);
    });

    test('of a virtual machine nobody reads it', () => {
      const vm = '[crio.runtime.runtimes.kata]\nruntime_type = "vm"\nmonitor_cgroup = "/x"\n';
      expect(written({ ...pair('pod', 'pod'), '60-kata.conf': vm })).toEqual([]);
    });

    test('cgroupfs, where each handler says pod: as it is, without conmon_cgroup', () => {
      expect(written(pair('pod', 'pod', cgroupfs), { cgroupDriver: 'cgroupfs' })).toEqual([]);
    });

    test('cgroupfs, where each handler says something, and one what fits systemd only', () => {
      expect(written(pair('pod', 'machine.slice', cgroupfs), { cgroupDriver: 'cgroupfs' }, true)).toEqual([
        {
          path: '50-site.conf',
          text: handlers('pod', 'pod', cgroupfs),
          summary: 'monitor_cgroup of runc = pod',
          disruption: 'drain',
        },
      ]);
    });

    test.each([
      ['1.36.1', []],
      ['1.32.4', ['monitor_cgroup of runc = pod']],
    ])('system.slice under cgroupfs: CRI-O %s', (version, words) => {
      const files = pair('pod', 'system.slice', `${cgroupfs}default_runtime = "crun"\n`);
      const desired = desiredNode({ runtime: { name: 'cri-o', cgroupDriver: 'cgroupfs' } });
      expect(planConfig(aCrio(files, { version }), desired, false).changes.map(({ summary }) => summary)).toEqual(
        words,
      );
    });

    test('cgroupfs, where a handler says nothing: conmon_cgroup speaks for all', () => {
      const files = { ...pair('system.slice', 'pod', cgroupfs), '60-x.conf': '[crio.runtime.runtimes.x]\n' };
      expect(written(files, { cgroupDriver: 'cgroupfs' }).map(({ summary }) => summary)).toEqual([
        'conmon_cgroup = pod',
      ]);
    });

    test('cgroupfs, where the handler that CRI-O has by itself stands in no file', () => {
      const files = {
        '50-site.conf': `[crio.runtime]\n${cgroupfs}[crio.runtime.runtimes.runc]\nmonitor_cgroup = "pod"\n`,
        '99-nodeprep.conf': pinned,
      };
      expect(written(files, { cgroupDriver: 'cgroupfs' }).map(({ summary }) => summary)).toEqual([
        'conmon_cgroup = pod',
      ]);
    });
  });

  test('labels of containers: by itself, on where the host has SELinux', () => {
    const said = (value: boolean) => ({ '10-crio.conf': `[crio.runtime]\nselinux = ${value}\n`, 'zz.conf': pinned });
    expect(written({ 'zz.conf': pinned }, { selinux: true })).toEqual([]);
    expect(written(said(true), { selinux: true })).toEqual([]);
    expect(written(said(false))).toEqual([]);
    expect(written(said(false), { selinux: true }, true)).toEqual([
      {
        path: '99-nodeprep.conf',
        text: '[crio.runtime]\n  selinux = true\n',
        summary: 'selinux = true',
        disruption: 'drain',
      },
    ]);
    expect(written({ 'zz.conf': pinned }, { selinux: false })).toMatchObject([{ summary: 'selinux = false' }]);
  });

  test('what sorts after ours is edited where it stands, and keeps everything else', () => {
    const theirs = `# pinned by ops\n[crio.image]\npause_image = "old" # why\nglobal_auth_file = "/x"\n`;
    expect(written({ '10-crio.conf': packaged, 'zz.conf': theirs })).toEqual([
      { path: 'zz.conf', text: theirs.replace('old', image), summary: `pause_image = ${image}`, disruption: 'reload' },
    ]);
  });

  test('what sorts before ours is left as it is', () => {
    expect(written({ '50-site.conf': '[crio.image]\npause_image = "old"\n' }).map(({ path }) => path)).toEqual([
      '99-nodeprep.conf',
    ]);
  });

  test.each([
    ['/opt/cni/bin', '', 0],
    ['/opt/cni/bin', '[crio.network]\nplugin_dirs = ["/usr/lib/cni"]\n', 1],
    ['/usr/lib/cni/', '[crio.network]\nplugin_dirs = ["/x", "/usr/lib/cni"]\n', 0],
    ['/usr/lib/cni', '', 1],
  ])('CNI plugins in %s with %j', (cniBinDir, text, count) => {
    const changes = written({ '10.conf': `${pinned}${text}` }, { cniBinDir });
    expect(changes.map(({ disruption }) => disruption)).toEqual(Array(count).fill('restart'));
  });

  test('a file that does not parse is refused with its place', () => {
    expect(plan({ '50-site.conf': '[crio]\nlog_dir = [\n' }).refusals).toMatchObject([
      { code: 'plan-refused', message: expect.stringMatching(/^\/etc\/crio\/crio\.conf\.d\/50-site\.conf:3:1: /) },
    ]);
  });

  test('a link is refused by name', () => {
    const link = { ...aFile('/etc/crio/crio.conf.d/zz.conf', '[crio.image]\npause_image = "old"\n'), linkTarget: '/x' };
    const crio = aCrio({}, { dropIns: [{ ...link, type: 'symlink' }] });
    expect(planConfig(crio, desiredNode(), false).refusals).toMatchObject([
      { message: '/etc/crio/crio.conf.d/zz.conf is a symlink to /x, which nodeprep does not edit' },
    ]);
  });

  test('the staged file is judged with all the others, by a quoted name', () => {
    const [change] = plan({ "zz's.conf": '[crio.image]\npause_image = "old"\n' }).changes;
    expect(change?.validate?.slice(3)).toEqual(['crio config', '{}']);
    expect(change?.validate?.[2]).toContain(`cp "$1" "$d"/'crio.conf.d/zz'\\''s.conf'`);
  });
});
