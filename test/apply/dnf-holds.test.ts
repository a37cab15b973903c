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
  const program = `. ${templates}library.sh; . ${templates}hold.sh; . ${templates}rpm.sh; . ${templates}package-dnf.sh
MANAGER=dnf
RUN=${directory} OUT=${directory}/out BASE=${directory}/base BACKUP=${directory}/kept
mkdir -p "$BACKUP"
DNF_CONF=${directory}/${files.conf} DNF_LOCKS=${directory}/${files.list} DNF5_LOCKS=${directory}/${files.toml}
staged_name() { printf '%s.new' "$1"; }
sync_path() { :; }
rpm_version() { case " $GONE " in *" $1 "*) ;; *) printf 1 ;; esac; }
GONE=
rpm_upgraded() { :; }
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

  test('of all that an engine consists of, and back to the letter', () => {
    const before = '[main]\nexcludepkgs=kubelet containerd.io\n';
    write({ conf: before });
    const names = 'docker-ce docker-ce-cli containerd.io';
    sh(`rpm_hold_save docker-ce ${names}; rpm_holds '${names}'; own_holds >${directory}/own`);
    expect(readFileSync(join(directory, files.conf), 'utf8')).toBe(
      '[main]\nexcludepkgs=kubelet containerd.io docker-ce docker-ce-cli\n',
    );
    // That of containerd.io is somebody else's.
    expect(readFileSync(join(directory, 'own'), 'utf8')).toBe('docker-ce\ndocker-ce-cli\n');
    sh(`rpm_hold_back docker-ce ${names}`);
    expect(readFileSync(join(directory, files.conf), 'utf8')).toBe(before);
    expect(sh('own_holds')).toBe('');
  });

  test('goes with the package that goes for another, and comes back with it', () => {
    sh("rpm_hold_save docker-ee; rpm_holds 'docker-ee docker-ee-cli'");
    const step = 'docker-ce docker-ce docker-ce-cli docker-ee docker-ee-cli';
    sh(`rpm_hold_save ${step}
GONE='docker-ee docker-ee-cli'
rpm_upgraded() { printf 'docker-ee\\ndocker-ee-cli\\n'; }
rpm_holds 'docker-ce docker-ce-cli'`);
    expect(readFileSync(join(directory, files.conf), 'utf8')).toBe('[main]\nexcludepkgs=docker-ce docker-ce-cli\n');
    expect(sh('own_holds')).toBe('docker-ce\ndocker-ce-cli\n');
    sh(`rpm_hold_back ${step}`);
    expect(readFileSync(join(directory, files.conf), 'utf8')).toBe('[main]\nexcludepkgs=docker-ee docker-ee-cli\n');
    expect(sh('own_holds')).toBe('docker-ee\ndocker-ee-cli\n');
  });

  test('goes alone where somebody has edited the file since', () => {
    write({ conf: '[main]\nexcludepkgs=kubelet\n' });
    sh("rpm_hold_save runc containerd; rpm_holds 'runc containerd'");
    write({ conf: '[main]\nbest=1\nexcludepkgs=kubelet runc containerd later\n' });
    sh('rpm_hold_back runc containerd');
    expect(readFileSync(join(directory, files.conf), 'utf8')).toBe('[main]\nbest=1\nexcludepkgs=kubelet later\n');
  });

  test.each([
    ['nobody', '', ''],
    ['nodeprep', 'record_hold runc; manager_hold runc', ''],
    [
      'somebody else',
      'manager_hold runc',
      'containerd needs another version of runc than 1, which is held by excludepkgs',
    ],
  ])('that a package beside it needs lifted, by %s', (_, before, said) => {
    expect(sh(`${before}\nrpm_not_held containerd '' runc 1 2`)).toMatch(said === '' ? /^$/ : new RegExp(`^${said}`));
  });

  test('is not written where dnf 5 has locked it', () => {
    write({ toml });
    sh('manager_hold containerd.io');
    expect([existsSync(join(directory, files.conf)), existsSync(join(directory, files.list))]).toEqual([false, false]);
  });
});
