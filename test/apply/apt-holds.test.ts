import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const templates = fileURLToPath(new URL('../../templates/host/', import.meta.url));
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'nodeprep-apt-'));
  for (const name of ['base', 'backup', 'want', 'version']) mkdirSync(join(directory, name));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

type State = Readonly<Record<string, readonly [version: string, want: 'hold' | 'install']>>;

/** What dpkg knows: files of a directory. */
const there = (packages: State): void => {
  for (const [name, [version, want]] of Object.entries(packages)) {
    writeFileSync(join(directory, 'version', name), version);
    writeFileSync(join(directory, 'want', name), want);
  }
};
const held = (): readonly string[] => readdirSync(join(directory, 'want')).filter(name => sh(`held ${name}`) === 'yes');
const records = (): readonly string[] => {
  const path = join(directory, 'base/holds');
  return existsSync(path) ? readdirSync(path) : [];
};

/**
 * Functions of package-apt.sh; neither dpkg nor apt is there. apt's plan is the file `plan`; it has one without --ignore-hold only where
 * `obeys` is absent, as where something that is held would have to move.
 */
const run = (script: string) => {
  const program = `. ${templates}library.sh; . ${templates}hold.sh; . ${templates}package-apt.sh; . ${templates}stage.sh
BASE=${directory}/base RUN=${directory} OUT=${directory}/out BACKUP=${directory}/backup RESET=no
is_bundled() { return 1; }
is_staged() { return 1; }
wait_for_dpkg() { :; }
point() { :; }
sync_path() { :; }
installed_version() { cat ${directory}/version/$1 2>/dev/null; }
held() { if [ "$(cat ${directory}/want/$1 2>/dev/null)" = hold ]; then printf yes; else printf no; fi; }
set_hold() { if [ "$2" = yes ]; then echo hold; else echo install; fi >${directory}/want/$1; }
apt() { cat ${directory}/plan; case " $IGNORE_HOLD $* " in *' --ignore-hold '*) return 0 ;; esac; [ ! -e ${directory}/obeys ]; }
apt_reason() { printf 'held broken packages'; }
dpkg_state() { for n in ${directory}/version/*; do n=\${n##*/}; echo "$n|$(cat ${directory}/want/$n)|installed|$(cat ${directory}/version/$n)"; done >${directory}/backup/packages; }
${script}`;
  return spawnSync('sh', ['-c', program], { encoding: 'utf8' });
};
const sh = (script: string): string => {
  const { stdout, stderr } = run(script);
  expect(stderr).toBe('');
  return stdout;
};

const upgrade = 'Inst containerd [1.7.24] (1.7.99 lab)\nInst runc [1.1.15] (1.1.99 lab)\n';
const both: State = { containerd: ['1.7.24', 'hold'], runc: ['1.1.15', 'hold'] };

describe('a transaction that moves what is held', () => {
  beforeEach(() => {
    there(both);
    writeFileSync(join(directory, 'plan'), upgrade);
    writeFileSync(join(directory, 'obeys'), '');
  });
  const transaction = (more = ''): string =>
    sh(`${more} package_transaction containerd 1.7.99 || printf refused; printf '%s' "$IGNORE_HOLD"`);

  test('by somebody else is none', () => expect(transaction()).toBe('refused'));

  test('by nodeprep is one', () => {
    expect(transaction('record_hold runc;')).toBe('containerd|1.7.24|1.7.99\nrunc|1.1.15|1.1.99\n--ignore-hold');
  });

  test('by nodeprep and by somebody else is none', () => {
    there({ 'lab-extra': ['1', 'hold'] });
    writeFileSync(join(directory, 'plan'), `${upgrade}Inst lab-extra [1] (2 lab)\n`);
    expect(transaction('record_hold runc;')).toBe('refused');
  });

  test.each([
    ['by nobody', 'set_hold runc no', ''],
    ['by nodeprep', 'record_hold runc', ''],
    [
      'by somebody else',
      ':',
      'containerd 1.7.99 needs another version of runc than 1.1.15, which is held; to allow it: apt-mark unhold runc',
    ],
  ])('is judged where runc is held %s', (_, before, said) => {
    expect(sh(`${before}; package_not_held containerd 1.7.99 runc 1.1.15`)).toBe(said);
  });
});

describe('what a step holds', () => {
  test('is recorded where it was not held, and lifted again', () => {
    there({ containerd: ['1.7.24', 'install'], runc: ['1.1.15', 'hold'] });
    writeFileSync(join(directory, 'backup/transaction'), '');
    sh("dpkg_state; save_records; package_holds 'containerd runc docker-cli'");
    expect([held(), records()]).toEqual([['containerd', 'runc'], ['containerd']]);
    sh("package_holds_back containerd 'containerd runc docker-cli'");
    expect([held(), records()]).toEqual([['runc'], []]);
  });

  test('and moves is held again, which dpkg forgets', () => {
    there(both);
    writeFileSync(join(directory, 'backup/transaction'), 'containerd|1.7.24|1.7.99\nrunc|1.1.15|1.1.99\n');
    sh("record_hold runc; dpkg_state; save_records; set_hold runc no; package_holds 'containerd'");
    expect([held(), records()]).toEqual([['containerd', 'runc'], ['runc']]);
    sh("set_hold runc no; package_holds_back containerd 'containerd'");
    expect([held(), records()]).toEqual([['containerd', 'runc'], ['runc']]);
  });

  test('and takes away is held by nobody, and comes back with it', () => {
    there({ 'docker.io': ['26', 'hold'], containerd: ['1.7.24', 'hold'] });
    writeFileSync(join(directory, 'backup/transaction'), 'containerd|1.7.24|\ndocker-ce||28\ndocker.io|26|\n');
    sh('record_hold docker.io; record_hold containerd; dpkg_state; save_records');
    rmSync(join(directory, 'version/docker.io'));
    rmSync(join(directory, 'version/containerd'));
    there({ 'docker-ce': ['28', 'install'] });
    sh("set_hold docker.io no; set_hold containerd no; package_holds 'docker-ce docker-ce-cli'");
    expect([held(), records()]).toEqual([['docker-ce'], ['docker-ce']]);
    rmSync(join(directory, 'version/docker-ce'));
    there({ 'docker.io': ['26', 'install'], containerd: ['1.7.24', 'install'] });
    sh("package_holds_back docker-ce 'docker-ce docker-ce-cli'");
    expect(held().filter(name => name !== 'docker-ce')).toEqual(['containerd', 'docker.io']);
    expect(records()).toEqual(['containerd', 'docker.io']);
  });

  test('and stays since others need it is let go', () => {
    there({ containerd: ['1.7.24', 'install'] });
    writeFileSync(join(directory, 'backup/transaction'), 'containerd|1.7.24|1.7.25\nrunc||1.1.15\n');
    sh('dpkg_state; save_records');
    there({ runc: ['1.1.15', 'install'] });
    sh("package_holds 'containerd runc'");
    expect(held()).toEqual(['containerd', 'runc']);
    sh("package_holds_back containerd 'containerd runc'");
    expect([held(), records()]).toEqual([[], []]);
  });
});

test('a hold of its own is recorded, undone and forgotten', () => {
  there({ runc: ['1.1.15', 'install'] });
  sh('hold_backup runc; hold_apply runc yes; hold_confirm runc yes');
  expect([held(), records()]).toEqual([['runc'], ['runc']]);
  sh('hold_undo runc yes');
  expect([held(), records()]).toEqual([[], []]);
  expect(existsSync(join(directory, 'base/holds'))).toBe(false);
});

test('what somebody has changed since stays in a reset, and is not ours any more', () => {
  there({ runc: ['1.1.15', 'install'] });
  sh('hold_backup runc; hold_apply runc yes; set_hold runc no');
  expect(sh('RESET=yes; hold_undo runc yes')).toBe('the hold of runc was changed by somebody else: left as it is');
  expect([held(), records()]).toEqual([[], []]);
});
