import { describe, expect, test } from 'vitest';
import type { SysctlSetting } from '../../src/facts/sysctl-files.ts';
import { kernelSettings } from '../../src/installers/kernel-settings.ts';
import { debian } from '../../src/os/debian.ts';
import { desiredNode } from '../desired.ts';
import { aFile } from '../host-file.ts';
import { bareFacts, observed, type PlanFacts } from '../plan/facts.ts';

const plan = (facts: Partial<PlanFacts>) => kernelSettings.plan(observed(facts), desiredNode(), debian);
const ids = (facts: Partial<PlanFacts>) => plan(facts).changes.map(({ id }) => id);
const refusals = (facts: Partial<PlanFacts>) => plan(facts).refusals.map(({ message }) => message);

const set = (key: string, value: string, path: string, line = 1): SysctlSetting => ({ key, value, path, line });
const atBoot = (...settings: readonly SysctlSetting[]): Partial<PlanFacts> => ({
  ...live('1'),
  ...loaded,
  sysctlFiles: { ...bareFacts.sysctlFiles, settings },
});
const keys = ['net.ipv4.ip_forward', 'net.bridge.bridge-nf-call-iptables', 'net.bridge.bridge-nf-call-ip6tables'];
const live = (value: string | null): Partial<PlanFacts> => ({
  sysctl: Object.fromEntries(keys.map(key => [key, value])),
});
const loaded: Partial<PlanFacts> = {
  filesystems: ['overlay'],
  modules: { ...bareFacts.modules, loaded: ['overlay', 'br_netfilter'] },
  modulesLoad: {
    ...bareFacts.modulesLoad,
    modules: ['overlay', 'br_netfilter'].map(name => ({ name, path: '/etc/modules-load.d/k8s.conf', line: 1 })),
  },
};
const allBy = (path: string, value = '1') => keys.map(key => set(key, value, path));

describe('sysctls at boot', () => {
  test.each<[string, readonly SysctlSetting[], readonly string[]]>([
    ['somebody else sets all of them', allBy('/etc/sysctl.d/k8s.conf'), []],
    ['nobody does', [], ['file:/etc/sysctl.d/99-zz-nodeprep.conf']],
    [
      'a later file takes one back',
      [...allBy('/etc/sysctl.d/10-k8s.conf'), set(keys[0] ?? '', '0', '/etc/sysctl.d/99-hardening.conf', 7)],
      ['file:/etc/sysctl.d/99-zz-nodeprep.conf'],
    ],
    [
      'through another name of the key',
      [...allBy('/etc/sysctl.d/10-k8s.conf'), set('net.ipv4.conf.all.forwarding', '0', '/etc/sysctl.d/99-sysctl.conf')],
      ['file:/etc/sysctl.d/99-zz-nodeprep.conf'],
    ],
    [
      'in a file whose name beats ours',
      allBy('/usr/lib/sysctl.d/hardening.conf', '0'),
      ['file:/etc/sysctl.d/zz-nodeprep.conf'],
    ],
    [
      'in a file whose name beats two of ours',
      allBy('/etc/sysctl.d/zz-top.conf', '0'),
      ['file:/etc/sysctl.d/zzz-nodeprep.conf'],
    ],
    ['our own file does', allBy('/etc/sysctl.d/99-zz-nodeprep.conf'), []],
  ])('%s', (_, settings, expected) => {
    expect(ids(atBoot(...settings))).toEqual(expected);
  });

  test('only keys that need it stand in our file, with who lost', () => {
    const facts = atBoot(
      ...allBy('/etc/sysctl.d/10-k8s.conf'),
      set(keys[0] ?? '', '0', '/etc/sysctl.d/99-hardening.conf', 7),
    );
    const [change] = plan(facts).changes;
    expect(change).toMatchObject({
      summary: 'net.ipv4.ip_forward = 1',
      because: expect.stringContaining('99-hardening.conf:7 says 0'),
    });
    expect(change?.kind === 'file' && change.after.state === 'file' && change.after.text).toMatch(
      /^# Written by nodeprep.*\n.*\nnet\.ipv4\.ip_forward = 1\n$/,
    );
  });

  test('what applies after every file is refused with its line', () => {
    expect(
      refusals(atBoot(...allBy('/etc/sysctl.d/k8s.conf'), set(keys[0] ?? '', '0', '/etc/ufw/sysctl.conf', 3))),
    ).toEqual([expect.stringContaining('/etc/ufw/sysctl.conf:3 sets net.ipv4.ip_forward = 0')]);
    expect(refusals(atBoot(...allBy('/etc/sysctl.d/zzzz.conf', '0'))).length).toBe(3);
  });
});

describe('sysctls now', () => {
  test('a wrong one is set, with what it was; one that a module brings has no before', () => {
    const { changes } = plan({});
    expect(changes.filter(({ kind }) => kind === 'sysctl')).toMatchObject([
      { key: keys[0], before: '0', value: '1', summary: 'net.ipv4.ip_forward = 1 now, was 0' },
      { key: keys[1], before: null },
      { key: keys[2], before: null },
    ]);
  });

  test('one that could not be read is not planned on', () => {
    expect(refusals({ ...atBoot(...allBy('/etc/sysctl.d/k8s.conf')), sysctl: {} })).toEqual(
      keys.map(key => expect.stringContaining(key)),
    );
  });
});

describe('in a container', () => {
  const container = { container: { kind: 'systemd-nspawn', readOnlySysctls: true } };

  test('no module is touched, net.* keys that exist are set, now and at boot', () => {
    expect(ids({ ...container, ...live('0') })).toEqual([
      ...keys.map(key => `sysctl:${key}`),
      'file:/etc/sysctl.d/99-zz-nodeprep.conf',
    ]);
  });

  test('keys that the machine does not have are left alone', () => {
    const facts = { ...container, ...live(null), sysctl: { ...live(null).sysctl, [keys[0] ?? '']: '1' } };
    const { changes } = plan(facts);
    expect(changes).toMatchObject([{ summary: 'net.ipv4.ip_forward = 1' }]);
  });
});

describe('modules', () => {
  const settled = atBoot(...allBy('/etc/sysctl.d/k8s.conf'));

  test.each<[string, Partial<PlanFacts>, readonly string[]]>([
    ['loaded and listed', {}, []],
    ['loaded, not listed', { modulesLoad: bareFacts.modulesLoad }, ['file:/etc/modules-load.d/nodeprep.conf']],
    [
      'built in',
      { modules: { ...bareFacts.modules, builtin: ['overlay', 'br_netfilter'] }, modulesLoad: bareFacts.modulesLoad },
      [],
    ],
    [
      'visibly at work in a kernel without modules',
      { modules: { ...bareFacts.modules, support: false, onDisk: [] }, modulesLoad: bareFacts.modulesLoad },
      [],
    ],
    [
      'not there yet',
      { ...live(null), filesystems: [], modules: bareFacts.modules },
      ['module:overlay', 'module:br_netfilter', ...keys.map(key => `sysctl:${key}`)],
    ],
  ])('%s', (_, facts, expected) => {
    expect(ids({ ...settled, ...facts })).toEqual(expected);
  });

  test('what is listed elsewhere is not listed again', () => {
    const modulesLoad = {
      ...bareFacts.modulesLoad,
      modules: [{ name: 'overlay', path: '/etc/modules-load.d/k8s.conf', line: 1 }],
    };
    const [change] = plan({ ...settled, modulesLoad }).changes;
    const text = change?.kind === 'file' && change.after.state === 'file' ? change.after.text : '';
    expect(text.split('\n').filter(line => !line.startsWith('#'))).toEqual(['br_netfilter', '']);
  });

  const absent = { ...settled, ...live(null), filesystems: [] };

  test.each<[string, Partial<PlanFacts>, RegExp]>([
    [
      'blacklisted',
      {
        ...settled,
        modulesLoad: {
          ...bareFacts.modulesLoad,
          ...loaded.modulesLoad,
          blacklisted: [{ name: 'br_netfilter', path: '/etc/modprobe.d/cis.conf', line: 4 }],
        },
      },
      /blacklisted by \/etc\/modprobe\.d\/cis\.conf:4/,
    ],
    [
      'not on disk',
      { ...absent, modules: { ...bareFacts.modules, onDisk: ['overlay'] } },
      /has no module br_netfilter/,
    ],
    [
      'kernel upgraded, not rebooted',
      { ...absent, modules: { ...bareFacts.modules, onDisk: ['overlay'], treePresent: false } },
      /modules of the running kernel .* are not on disk/,
    ],
    [
      'kernel without modules',
      { ...absent, filesystems: ['overlay'], modules: { ...bareFacts.modules, support: false } },
      /cannot load modules/,
    ],
  ])('refused: %s', (_, facts, message) => {
    expect(refusals(facts)).toEqual([expect.stringMatching(message)]);
  });
});

test('an own file that became something else is refused', () => {
  const sysctlFiles = {
    ...bareFacts.sysctlFiles,
    ownFiles: [{ ...aFile('/etc/sysctl.d/99-zz-nodeprep.conf', undefined), type: 'directory' as const }],
  };
  expect(refusals({ ...atBoot(), sysctlFiles })).toEqual([expect.stringContaining('does not replace')]);
});
