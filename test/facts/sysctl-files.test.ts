import { describe, expect, test } from 'vitest';
import { dotted, sysctlFiles } from '../../src/facts/sysctl-files.ts';
import { answer, asRoot, asUser, files, knownValue, masking, unreadable } from './answers.ts';

const parse = (found: Parameters<typeof files>[0], linked = '') =>
  knownValue(sysctlFiles.parse({ files: files(found), linked: answer(linked), own: files({}) }, asRoot));
const winner = (key: string, found: Parameters<typeof files>[0]) =>
  parse(found)
    .settings.filter(setting => setting.key === key)
    .at(-1);

const forward = 'net.ipv4.ip_forward';

describe('sysctlFiles', () => {
  test.each([
    [
      'the later name wins, whatever the directory',
      { '/usr/lib/sysctl.d/60-x.conf': '1', '/etc/sysctl.d/50-x.conf': '0' },
      '1',
    ],
    ['/etc masks the same name in /run', { '/etc/sysctl.d/50-x.conf': '0', '/run/sysctl.d/50-x.conf': '1' }, '0'],
    ['/run masks /usr/local/lib', { '/run/sysctl.d/50-x.conf': '0', '/usr/local/lib/sysctl.d/50-x.conf': '1' }, '0'],
    ['/usr/local/lib masks /usr/lib', { '/usr/local/lib/sysctl.d/9.conf': '0', '/usr/lib/sysctl.d/9.conf': '1' }, '0'],
    [
      'names sort by bytes: 99-k8s before 99-sysctl',
      { '/etc/sysctl.d/99-k8s.conf': '1', '/etc/sysctl.d/99-sysctl.conf': '0' },
      '0',
    ],
    ['a letter sorts after a digit', { '/etc/sysctl.d/k8s.conf': '1', '/etc/sysctl.d/99-zz.conf': '0' }, '1'],
  ])('%s', (_, values, expected) => {
    const texts = Object.fromEntries(Object.entries(values).map(([path, value]) => [path, `${forward} = ${value}\n`]));
    expect(winner(forward, texts)?.value).toBe(expected);
  });

  test('a link to /dev/null takes a file out', () => {
    const found = { '/etc/sysctl.d/50-x.conf': masking, '/usr/lib/sysctl.d/50-x.conf': `${forward}=1\n` };
    expect(parse(found).settings).toEqual([]);
  });

  test('names file and line', () => {
    const text = `# off\n; also a comment\n\n${forward}=0\n-net/ipv4/ip_forward =  1 \n`;
    expect(winner(forward, { '/etc/sysctl.d/a.conf': text })).toEqual({
      key: forward,
      value: '1',
      path: '/etc/sysctl.d/a.conf',
      line: 5,
    });
  });

  test('a glob sets the keys that nobody names outright, wherever the naming stands', () => {
    const found = {
      '/etc/sysctl.d/10.conf': 'net.ipv4.conf.default.rp_filter = 1\n',
      '/etc/sysctl.d/20.conf': 'net.ipv4.conf.*.rp_filter = 2\n-net.ipv4.conf.hub.rp_filter\n',
    };
    expect(winner('net.ipv4.conf.all.rp_filter', found)?.value).toBe('2');
    expect(winner('net.ipv4.conf.default.rp_filter', found)?.value).toBe('1');
    expect(parse(found).settings.some(({ key }) => key.includes('hub'))).toBe(false);
  });

  test('an excluded key is not set by a glob', () => {
    const found = { '/etc/sysctl.d/20.conf': 'net.ipv4.conf.*.rp_filter = 2\n-net.ipv4.conf.all.rp_filter\n' };
    expect(winner('net.ipv4.conf.all.rp_filter', found)).toBeUndefined();
  });

  test('/etc/sysctl.conf counts at boot only through a link', () => {
    const text = `${forward}=1\n`;
    const loose = parse({ '/etc/sysctl.conf': text });
    expect(loose.settings).toEqual([]);
    expect(loose.looseSysctlConf).toMatchObject([{ key: forward, value: '1', path: '/etc/sysctl.conf', line: 1 }]);
    const link = '/etc/sysctl.d/99-sysctl.conf';
    const linked = parse({ '/etc/sysctl.conf': text, [link]: text }, `${link}\n`);
    expect(linked.settings).toMatchObject([{ key: forward, path: link }]);
    expect(linked.looseSysctlConf).toEqual([]);
  });

  test.each([
    ['ENABLED=yes', 'IPT_SYSCTL=/etc/ufw/sysctl.conf', '0'],
    ['ENABLED=no', 'IPT_SYSCTL=/etc/ufw/sysctl.conf', '1'],
    ['ENABLED=yes', '#IPT_SYSCTL=/etc/ufw/sysctl.conf', '1'],
  ])('ufw comes last where it is on: %s, %s', (enabled, defaults, expected) => {
    const found = {
      '/etc/sysctl.d/99-z.conf': `${forward}=1\n`,
      '/etc/ufw/ufw.conf': `${enabled}\n`,
      '/etc/default/ufw': `${defaults}\n`,
      '/etc/ufw/sysctl.conf': 'net/ipv4/ip_forward=0\n',
    };
    expect(winner(forward, found)?.value).toBe(expected);
  });

  test('a file that cannot be read makes the order unknown', () => {
    expect(() =>
      sysctlFiles.parse(
        { files: files({ '/etc/sysctl.d/x.conf': unreadable }), linked: answer(''), own: files({}) },
        asUser,
      ),
    ).toThrow('needs root: /etc/sysctl.d/x.conf cannot be read (sudo asks for a password)');
  });

  test.each([
    ['net.ipv4.ip_forward', 'net.ipv4.ip_forward'],
    ['net/ipv4/ip_forward', 'net.ipv4.ip_forward'],
    ['net/ipv4/conf/eth0.100/forwarding', 'net.ipv4.conf.eth0/100.forwarding'],
    ['net.ipv4.conf.eth0/100.forwarding', 'net.ipv4.conf.eth0/100.forwarding'],
    [' kernel.panic ', 'kernel.panic'],
  ])('%s is %s', (written, key) => {
    expect(dotted(written)).toBe(key);
  });
});
