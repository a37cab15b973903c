import { expect, test } from 'vitest';
import { needrestart, ownNeedrestartPath, restartOf } from '../../src/facts/needrestart.ts';
import { asRoot, asUser, files, knownValue, unreadable } from './answers.ts';

const path = '/etc/needrestart/needrestart.conf';
/** The end of Debian's file, of needrestart 3.6. */
const readsDropIns = `if(-d q(/etc/needrestart/conf.d)) {
      foreach my $fn (sort </etc/needrestart/conf.d/*.conf>) {
	      eval do { local(@ARGV, $/) = $fn; <>};
      }
}
`;
/** From Debian's file. */
const packaged = `# Restart mode: (l)ist only, (i)nteractive or (a)utomatically.
#$nrconf{restart} = 'l';
#$nrconf{defno} = 1;
$nrconf{blacklist} = [
    qr(^/usr/bin/sudo(\\.dpkg-new)?$),
];
$nrconf{override_rc} = {
    # DBus
    qr(^dbus) => 0,
    qr(^(open|free|libre|strong)swan) => 0,
    qr(^docker) => 0,
    qr(^emergency\\.service$) => 0,
};
$nrconf{override_cont} = {
    qr(^containerd) => 0,
};
${readsDropIns}`;

const read = (found: Readonly<Record<string, string>>) =>
  knownValue(needrestart.parse({ files: files(found) }, asRoot));
const told = (found: Readonly<Record<string, string>>) => {
  const value = read(found);
  return ['docker.service', 'containerd.service'].map(service => restartOf(value, service)).join(' ');
};
const also = (text: string, name = 'own') => ({ [path]: packaged, [`/etc/needrestart/conf.d/${name}.conf`]: text });

test.each<[string, Readonly<Record<string, string>>, string]>([
  ['no file', {}, 'restarted restarted'],
  ["the package's own: Docker is spared, containerd is not", { [path]: packaged }, 'spared restarted'],
  ['list only', also("$nrconf{restart} = 'l';\n"), 'spared spared'],
  ['by itself', also('$nrconf{restart} = "a"; # Ubuntu\n'), 'spared restarted'],
  ['no by default', also('$nrconf{defno} = 1;\n'), 'spared spared'],
  ['yes by default', also('$nrconf{defno} = 0;\n'), 'spared restarted'],
  ['a pattern', also('$nrconf{override_rc}{qr(^containerd\\.service$)} = 0;\n'), 'spared spared'],
  ['with an arrow', also("$nrconf{override_rc}->{'containerd.service'} = 0;\n"), 'spared spared'],
  ['between slashes', also('$nrconf{override_rc}{qr/^containerd/} = 0;\n'), 'spared spared'],
  ['commented out', also('# $nrconf{override_rc}{qr(^containerd)} = 0;\n'), 'spared restarted'],
  ['of another unit', also('$nrconf{override_rc}{qr(^containerd-shim)} = 0;\n'), 'spared restarted'],
  ['asked for', also('$nrconf{override_rc}{qr(^docker\\.service$)} = 1;\n'), 'told restarted'],
  [
    'asked for, and taken back',
    also('$nrconf{override_rc}{qr(^docker)} = 1;\n$nrconf{override_rc}{qr(^docker)} = 0;'),
    'spared restarted',
  ],
  ['the whole said anew', also('$nrconf{override_rc} = {\n  qr(^containerd) => 0,\n};\n'), 'restarted spared'],
  ['in one line', also('$nrconf{override_rc} = { qr(^containerd) => 0, qr(^docker) => 0 };\n'), 'spared spared'],
  [
    'more than a name counts for nothing',
    also('$nrconf{override_rc}{qr(^(a+)+containerd)} = 0;\n'),
    'spared restarted',
  ],
  [
    'of a file that is no .conf',
    { [path]: packaged, '/etc/needrestart/conf.d/README': "$nrconf{restart} = 'l';" },
    'spared restarted',
  ],
  [
    'of a directory that is not read',
    { [path]: '', [ownNeedrestartPath]: "$nrconf{restart} = 'l';" },
    'restarted restarted',
  ],
])('%s', (_, found, expected) => {
  expect(told(found)).toBe(expected);
});

test('whether files beside it are read', () => {
  expect(read({ [path]: packaged }).readsDropIns).toBe(true);
  expect(read({ [path]: packaged.replaceAll(/^(?=.*conf\.d)/gm, '#') }).readsDropIns).toBe(false);
});

test('the last file by name wins', () => {
  const found = {
    ...also("$nrconf{restart} = 'l';", 'a'),
    '/etc/needrestart/conf.d/b.conf': "$nrconf{restart} = 'a';",
  };
  expect(read(found).mode).toBe('a');
});

test('what only root may read is not known', () => {
  expect(() => needrestart.parse({ files: files({ [path]: unreadable }) }, asUser)).toThrow(/needs root/);
});
