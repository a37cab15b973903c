import { describe, expect, test } from 'vitest';
import { candidates, parsePolicy } from '../../src/facts/candidates.ts';
import { packages } from '../../src/facts/packages.ts';
import { answer, asRoot, files, knownValue } from './answers.ts';

const parse = (found: { manager?: string; dpkg?: string; rpm?: string; lists?: Parameters<typeof files>[0] }) =>
  knownValue(
    packages.parse(
      {
        manager: answer(found.manager ?? 'manager apt\n'),
        dpkg: answer(found.dpkg ?? ''),
        rpm: answer(found.rpm ?? ''),
        lists: files(found.lists ?? {}),
      },
      asRoot,
    ),
  );

const stanza = (name: string, status: string, version: string): string =>
  `Package: ${name}\nStatus: ${status}\nPriority: optional\nArchitecture: amd64\nVersion: ${version}\nDescription: x\n`;

describe('packages', () => {
  test('installed, held and removed with configuration left, as grep cuts the stanzas', () => {
    const dpkg = [
      `\n${stanza('containerd', 'hold ok installed', '1.7.24~ds1-6')}\nPackage: contained-other`,
      `\n${stanza('runc', 'install ok installed', '1.1.15')}`,
      `\n${stanza('kubelet', 'deinstall ok config-files', '1.34.1-1.1')}`,
    ].join('\n--\n');
    expect(parse({ dpkg })).toMatchObject({
      installed: { containerd: '1.7.24~ds1-6', runc: '1.1.15' },
      held: ['containerd'],
      broken: [],
    });
  });

  test.each([
    'install ok half-configured',
    'install ok unpacked',
    'install reinstreq half-installed',
    'install ok triggers-pending',
  ])('any package in state "%s" is broken', status => {
    expect(parse({ dpkg: stanza('libfoo', status, '1') })).toMatchObject({ broken: ['libfoo'], installed: {} });
  });

  test('a broken essential package is named too', () => {
    const dpkg = 'Package: bash\nEssential: yes\nStatus: install ok half-configured\nVersion: 5\n';
    expect(parse({ dpkg }).broken).toEqual(['bash']);
  });

  test('an interrupted dpkg is broken', () => {
    expect(parse({ manager: 'manager apt\ninterrupted yes\n' }).broken).toEqual(['dpkg (interrupted)']);
  });

  test('age of the lists is the newest change in their directories; no lists is null', () => {
    const directory = (mtimeSeconds: number) => ({
      state: 'directory' as const,
      stat: { mode: 0o40755, uid: 0, gid: 0, sizeBytes: 0, mtimeSeconds },
    });
    const lists = { '/var/lib/apt/lists': directory(100), '/var/lib/apt/lists/partial': directory(200) };
    expect(parse({ manager: 'manager apt\nlists yes\n', lists }).listsUpdatedSeconds).toBe(200);
    expect(parse({ lists }).listsUpdatedSeconds).toBeNull();
  });

  test('rpm tells where there is no dpkg (synthetic)', () => {
    const rpm = 'package containerd is not installed\ncontainerd.io 2.1.4-1.el9\nrunc 1.2.0-1.el9\n';
    expect(parse({ manager: 'manager dnf\n', rpm })).toMatchObject({
      manager: 'dnf',
      installed: { 'containerd.io': '2.1.4-1.el9', runc: '1.2.0-1.el9' },
    });
  });

  test.each([
    ['excluded', 'conf [main]\nconf excludepkgs=kubel*, containerd.io\n', ['containerd.io', 'kubelet']],
    ['excluded on further lines', 'conf [main]\nconf exclude=nothing\nconf   runc\n', ['runc']],
    ['of another section', 'conf [other]\nconf excludepkgs=runc\n', []],
    [
      'locked to a version',
      'lock # by us\nlock containerd.io-0:1.7.24-3.1.el9.*\nlock !cri-o-0:1.30.0-1.*\nlock docker-ce-3:27.3.1-1.el9.*\nlock runc-*\n',
      ['containerd.io', 'docker-ce', 'runc'],
    ],
    [
      'locked by zypper',
      `${[
        '# mine',
        'type: package',
        'match_type: glob',
        'case_sensitive: on',
        'solvable_name: kubel*',
        '',
        'type: package',
        'match_type: glob',
        'solvable_name: runc',
        'version: > 2',
        '',
        'match_type: exact',
        'solvable_name: cri-o',
        '',
        'type: patch',
        'solvable_name: podman',
        '',
        'match_type: regex',
        'solvable_name: (d+)+ker.*',
        '',
        'solvable_name: tainerd.i',
      ]
        .map(line => `zypp ${line}`)
        .join('\n')}\n`,
      ['containerd.io', 'cri-o', 'kubelet'],
    ],
    [
      'locked by dnf 5',
      `toml version = "1.0"
toml [[packages]]
toml name = "containerd.io"
toml comment = "by us"
toml [[packages.conditions]]
toml key = "evr"
toml comparator = "="
toml value = "0:1.7.24-3.1.fc41"
toml [[packages]]
toml name = 'docker-ee*'
toml [[packages.conditions]]
toml key = "evr"
toml comparator = "<"
toml value = "3:29"
toml [[packages]]
toml name = "runc"
toml [[packages.conditions]]
toml key = "evr"
toml comparator = "!="
toml value = "2:1.2.0-1.fc41"
`,
      ['containerd.io', 'docker-ee', 'docker-ee-cli'],
    ],
  ])('held where rpm is: %s', (_what, rpm, held) => {
    expect([...parse({ manager: 'manager dnf\n', rpm }).held].sort()).toEqual(held);
  });
});

test('apt-cache policy: candidate and every version that a source has; what dpkg alone knows of is not on offer', () => {
  const text = `containerd:
  Installed: (none)
  Candidate: 1.7.24~ds1-6+deb13u1
  Version table:
     1.7.24~ds1-6+deb13u1 500
        500 https://mirror.example/debian trixie/main amd64 Packages
        500 https://mirror.example/security trixie-security/main amd64 Packages
     1.7.24~ds1-6 500
        500 https://mirror.example/debian trixie/main amd64 Packages
runc:
  Installed: 1.1.15
  Candidate: 1.1.18
  Version table:
     1.1.18 500
        500 file:/srv/packages ./ Packages
 *** 1.1.15 100
        100 /var/lib/dpkg/status
podman:
  Installed: 5.4
  Candidate: 5.4
  Version table:
 *** 5.4 500
        500 https://mirror.example/debian trixie/main amd64 Packages
        100 /var/lib/dpkg/status
docker-ce:
  Installed: (none)
  Candidate: (none)
  Version table:
`;
  expect(parsePolicy(text)).toEqual({
    containerd: { candidate: '1.7.24~ds1-6+deb13u1', versions: ['1.7.24~ds1-6+deb13u1', '1.7.24~ds1-6'], kept: [] },
    runc: { candidate: '1.1.18', versions: ['1.1.18'], kept: [] },
    podman: { candidate: '5.4', versions: ['5.4'], kept: [] },
  });
});

test('packages that apt kept when it fetched them', () => {
  const policy = 'runc:\n  Installed: (none)\n  Candidate: 1:1.1.15-2\n  Version table:\n';
  const kept = 'kept runc_1%3a1.1.14-1_amd64.deb\nkept podman_5.4_amd64.deb\n';
  expect(knownValue(candidates.parse({ policy: answer(policy + kept) }, asRoot))).toEqual({
    runc: { candidate: '1:1.1.15-2', versions: [], kept: ['1:1.1.14-1'] },
  });
});
