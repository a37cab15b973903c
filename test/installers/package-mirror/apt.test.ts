import { describe, expect, test } from 'vitest';
import { mirrorApt } from '../../../src/installers/package-mirror/apt.ts';

const mirror = 'https://mirrors.example.com';
const mark = `# nodeprep apply has put this mirror in the place of the addresses that were here: ${mirror}\n`;
const list = '/etc/apt/sources.list';
const stanzas = '/etc/apt/sources.list.d/debian.sources';

const mirrored = (path: string, text: string, to = mirror): string => {
  const found = mirrorApt({ path, text }, to);
  if (!found.ok) throw new Error(found.refusal.message);
  return found.text;
};

describe('lines of sources.list', () => {
  test.each([
    ['deb http://ftp.debian.org/debian trixie main', 'debian trixie main'],
    ['deb http://ftp.debian.org/debian/ trixie-updates main # mine', 'debian trixie-updates main # mine'],
    ['deb http://security.debian.org/debian-security trixie-security main', 'debian-security trixie-security main'],
    ['deb http://ftp.debian.org/debian-security/ trixie-security main', 'debian-security trixie-security main'],
    ['deb http://ftp.de.debian.org/debian trixie main', 'debian trixie main'],
    ['deb http://archive.ubuntu.com/ubuntu noble main universe', 'ubuntu noble main universe'],
    ['deb http://eu-central-1.ec2.archive.ubuntu.com/ubuntu/ noble main', 'ubuntu noble main'],
    ['deb http://security.ubuntu.com/ubuntu noble-security main', 'ubuntu noble-security main'],
    ['deb http://ports.ubuntu.com/ubuntu-ports noble main', 'ubuntu-ports noble main'],
    ['deb https://download.docker.com/linux/debian trixie stable', 'docker-ce/linux/debian trixie stable'],
    ['deb https://pkgs.k8s.io/core:/stable:/v1.34/deb/ /', 'kubernetes/core:/stable:/v1.34/deb /'],
  ])('%s', (line, expected) => {
    expect(mirrored(list, `${line}\n`)).toBe(`${mark}deb ${mirror}/${expected}\n`);
  });

  test('options, sources and tabs stay', () => {
    const line = (url: string) => `deb-src\t[arch=amd64 signed-by=/usr/share/keyrings/x.gpg]\t${url}\ttrixie main\n`;
    expect(mirrored(list, line('http://ftp.debian.org/debian'))).toBe(`${mark}${line(`${mirror}/debian`)}`);
  });

  test.each([
    ['# deb http://ftp.debian.org/debian trixie main'],
    ['deb cdrom:[Debian 13]/ trixie main'],
    ['deb http://archive.debian.org/debian buster main'],
    ['deb http://ftp.debian.org/debian-debug trixie-debug main'],
    ['deb https://packages.example.com/debian trixie main'],
    ['deb https://esm.ubuntu.com/infra/ubuntu noble-infra-security main'],
    [`deb ${mirror}/debian trixie main`],
  ])('%s stays', line => expect(mirrored(list, `${line}\n`)).toBe(`${line}\n`));

  test("what the distribution's keyring signs is the distribution's, wherever it is", () => {
    const line = (url: string) => `deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${url} trixie main\n`;
    expect(mirrored(list, line('http://nexus.example.com/deb'))).toBe(`${mark}${line(`${mirror}/debian`)}`);
  });

  test('a second time changes nothing, and another mirror takes the place of the first', () => {
    const once = mirrored(list, 'deb http://ftp.debian.org/debian trixie main\n');
    expect(mirrored(list, once)).toBe(once);
    const other = 'http://other.example.com/mirrors';
    expect(mirrored(list, once, other)).toBe(`${mark.replace(mirror, other)}deb ${other}/debian trixie main\n`);
  });

  test('a source without signatures does not move to a mirror that is asked by http', () => {
    const text = 'deb [trusted=yes] http://ftp.debian.org/debian trixie main\n';
    expect(mirrorApt({ path: list, text }, 'http://m')).toMatchObject({
      ok: false,
      refusal: { message: expect.stringMatching(/sources\.list: packages of \S+ are taken without a signature/) },
    });
    expect(mirrored(list, text)).toContain(`[trusted=yes] ${mirror}/debian`);
  });
});

describe('stanzas', () => {
  const keyring = 'Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg';

  test('addresses move, everything else stays', () => {
    const text = `# mine
Types: deb deb-src
# why
URIs: http://ftp.debian.org/debian
 http://ftp.de.debian.org/debian
Suites: trixie trixie-updates
Components: main
${keyring}

Types: deb
URIs: mirror+file:///etc/apt/mirrors/debian-security.list
Suites: trixie-security
Components: main

Types: deb
URIs: http://ftp.debian.org/debian
Suites: sid
Components: main
Enabled: no

Types: deb
URIs: https://packages.example.com/debian
Suites: trixie
Components: main
Signed-By: /etc/apt/keyrings/example.gpg
`;
    expect(mirrored(stanzas, text)).toBe(
      `${mark}${text}`
        .replace('URIs: http://ftp.debian.org/debian\n http://ftp.de.debian.org/debian', `URIs: ${mirror}/debian`)
        .replace('mirror+file:///etc/apt/mirrors/debian-security.list', `${mirror}/debian-security`),
    );
  });

  test('suites of both kinds in one entry are refused', () => {
    const text = `Types: deb\nURIs: http://nexus/all\nSuites: trixie trixie-security\nComponents: main\n${keyring}\n`;
    expect(mirrorApt({ path: stanzas, text }, mirror)).toMatchObject({
      ok: false,
      refusal: { message: expect.stringContaining('trixie, trixie-security in one entry') },
    });
  });
});
