import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const templates = fileURLToPath(new URL('../../templates/host/', import.meta.url));
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'nodeprep-dnf-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const files = { conf: 'dnf.conf', list: 'versionlock.list', toml: 'versionlock.toml' } as const;
type Files = Partial<Record<keyof typeof files, string>>;

const write = (texts: Files): void => {
  for (const [name, text] of Object.entries(texts)) writeFileSync(join(directory, files[name as keyof Files]), text);
};

/** Functions of package-dnf.sh over files of a directory; rpm and dnf are not there. */
const sh = (script: string): string => {
  const program = `. ${templates}library.sh; . ${templates}rpm.sh; . ${templates}package-dnf.sh
MANAGER=dnf
RUN=${directory} OUT=${directory}/out
DNF_CONF=${directory}/${files.conf} DNF_LOCKS=${directory}/${files.list} DNF5_LOCKS=${directory}/${files.toml}
staged_name() { printf '%s.new' "$1"; }
sync_path() { :; }
rpm_version() { printf 1; }
dnf_has_locks() { [ -f "$DNF_LOCKS" ]; }
${script}`;
  const { stdout, stderr } = spawnSync('sh', ['-c', program], { encoding: 'utf8' });
  expect(stderr).toBe('');
  return stdout;
};

const toml = `version = "1.0"
[[packages]]
name = "containerd.io"
[[packages.conditions]]
key = "evr"
comparator = "="
value = "0:1.7.24-3.1.fc41"
[[packages]]
name = "runc"
[[packages.conditions]]
key = "evr"
comparator = "!="
value = "2:1.2.0-1.fc41"
`;

describe('what keeps a package at its version', () => {
  test.each<[string, Files, string, string]>([
    ['nothing', {}, 'containerd.io', 'no'],
    [
      'an exclusion',
      { conf: '[main]\nexcludepkgs=kubelet containerd.io\n' },
      'containerd.io',
      'yes excludepkgs in DIR/dnf.conf',
    ],
    ['an exclusion of old', { conf: '[main]\nexclude=docker*\n' }, 'docker-ce', 'yes excludepkgs in DIR/dnf.conf'],
    ['of another section', { conf: '[other]\nexcludepkgs=runc\n' }, 'runc', 'no'],
    ['a lock', { list: 'containerd.io-0:1.7.24-3.1.el9.*\n' }, 'containerd.io', 'yes DIR/versionlock.list'],
    ['a lock of one version', { list: '!containerd.io-0:1.7.24-3.1.el9.*\n' }, 'containerd.io', 'no'],
    ['a lock of dnf 5', { toml }, 'containerd.io', 'yes DIR/versionlock.toml'],
    ['a version that dnf 5 leaves out', { toml }, 'runc', 'no'],
  ])('%s', (_, texts, name, said) => {
    write(texts);
    const found = sh(
      `manager_held ${name}; [ "$(manager_held ${name})" = no ] || { printf ' '; manager_held_by ${name}; }`,
    );
    expect(found.replaceAll(directory, 'DIR')).toBe(said);
  });

  test.each<[string, string, boolean]>([
    ['our hold alone', ':', true],
    ['our hold and what somebody else wrote', 'printf "keepcache=1\\n" >>"$DNF_CONF"', false],
    ['no hold', 'cp "$BACKUP/dnf.conf" "$DNF_CONF"', false],
  ])(
    'a file that the run wrote before and that has %s by now is left to its own judgement or not',
    (_, since, isHolds) => {
      write({ conf: '[main]\nproxy=http://proxy:3128\nbest=True\n' });
      const said = sh(`BACKUP=${directory}/backup
      newest_on() { printf '%s %s\\n' "$@"; }
      mkdir "$BACKUP" && rpm_hold_save containerd.io && manager_hold containerd.io
      ${since}
      rpm_hold_still containerd.io`);
      expect(said).toBe(isHolds ? `file ${directory}/dnf.conf\n` : '');
    },
  );

  test('dnf 5 lets nobody pass by its lock, which is said', () => {
    write({ toml });
    expect(sh('manager_fetch containerd.io 1.7 /nowhere unchecked || manager_reason')).toMatch(
      /^containerd\.io is locked in .*versionlock\.toml.*: dnf versionlock delete containerd\.io$/,
    );
  });
});

describe('a hold of ours', () => {
  test.each<[string, string | undefined, string]>([
    ['in no file', undefined, '[main]\nexcludepkgs=containerd.io\n'],
    ['beside nothing', '[main]\ngpgcheck=1\n', '[main]\ngpgcheck=1\nexcludepkgs=containerd.io\n'],
    ['beside others', '[main]\nexcludepkgs=kubelet\n', '[main]\nexcludepkgs=kubelet containerd.io\n'],
    ['before other sections', '[main]\nbest=1\n[other]\n', '[main]\nbest=1\nexcludepkgs=containerd.io\n[other]\n'],
  ])('%s, and gone again', (_, before, after) => {
    if (before !== undefined) write({ conf: before });
    sh('manager_hold containerd.io');
    expect(readFileSync(join(directory, files.conf), 'utf8')).toBe(after);
    sh('manager_unhold containerd.io');
    const left = existsSync(join(directory, files.conf)) ? readFileSync(join(directory, files.conf), 'utf8') : '';
    expect(left).toBe(before ?? '[main]\n');
  });

  test('is not written where dnf 5 has locked it', () => {
    write({ toml });
    sh('manager_hold containerd.io');
    expect([existsSync(join(directory, files.conf)), existsSync(join(directory, files.list))]).toEqual([false, false]);
  });
});
