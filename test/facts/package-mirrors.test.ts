import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { mirrorMark } from '../../src/core/package-mirror.ts';
import { packageMirrors } from '../../src/facts/package-mirrors.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'nodeprep-mirrors-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const mirror = 'http://mirror.example.com';

/** The script of the fact over files of a directory, where apt is not; curl tells of its environment. */
const asked = (files: Readonly<Record<string, string>>): string => {
  const tell = `printf 'HTTP by %s %s not for %s' "$http_proxy" "$https_proxy" "$no_proxy"`;
  for (const [path, text] of Object.entries({ ...files, '/bin/curl': `#!/bin/sh\n${tell}\n` })) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text, { mode: 0o755 });
  }
  const item = packageMirrors.items.asked;
  if (item?.kind !== 'sh') throw new Error('it is a script');
  const program = `set -u
nl='
'
limit() { "$@"; }
command() { [ "$2" != apt-config ] && type "$2" >/dev/null 2>&1; }
main() {
${item.script.replaceAll('/etc/', `${directory}/etc/`)}
}
main`;
  const { stdout, stderr } = spawnSync('sh', ['-c', program], {
    encoding: 'utf8',
    env: { PATH: `${directory}/bin:${process.env.PATH ?? ''}` },
  });
  expect(stderr).toBe('');
  return stdout.trim();
};

const by = (http: string, https: string, none: string): string =>
  `mirror 0 ${mirror} HTTP by ${http} ${https} not for ${none}`.trim();
const marked = `${mirrorMark}${mirror}\n`;
const url = 'http://proxy:3128';

test.each<[string, Readonly<Record<string, string>>, string]>([
  ['dnf without a proxy', { '/etc/yum.repos.d/a.repo': marked, '/etc/dnf/dnf.conf': '[main]\n' }, by('', '', '')],
  [
    'dnf with one, and repositories that it is not for',
    {
      '/etc/dnf/dnf.conf': `[main]\nproxy=${url}\n`,
      '/etc/yum.repos.d/a.repo': `${marked}[a]\nbaseurl=https://a.example.com:80/x\nproxy=_none_\n[b]\nbaseurl=https://b.example.com/\n[c]\nproxy=\nbaseurl=http://c.example.com/\n`,
    },
    by(url, url, 'a.example.com,c.example.com'),
  ],
  [
    'zypper with one that is switched off',
    { '/etc/zypp/repos.d/a.repo': marked, '/etc/sysconfig/proxy': `PROXY_ENABLED="no"\nHTTP_PROXY="${url}"\n` },
    by('', '', ''),
  ],
  ['zypper without the file', { '/etc/zypp/repos.d/a.repo': marked }, by('', '', '')],
  [
    'zypper with one',
    {
      '/etc/zypp/repos.d/a.repo': marked,
      '/etc/sysconfig/proxy': `# HTTP_PROXY="x"\nPROXY_ENABLED="yes"\nHTTP_PROXY="${url}"\nHTTPS_PROXY='${url}'\nNO_PROXY="localhost, .example.com"\n`,
    },
    by(url, url, 'localhost,.example.com'),
  ],
  ['nobody, where no source names a mirror', { '/etc/yum.repos.d/a.repo': '[a]\n' }, ''],
])('a mirror is asked as by %s', (_, files, said) => {
  expect(asked(files)).toBe(said);
});
