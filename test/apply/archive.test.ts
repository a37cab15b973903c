import { execFile } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { readHostTemplates } from '../../src/apply/host-templates.ts';
import { hostPrograms } from '../../src/apply/programs.ts';
import { readStaged } from '../../src/apply/read-staged.ts';
import { planReset, resetHost } from '../../src/apply/reset.ts';
import { stageHost } from '../../src/apply/stage-host.ts';
import type { ArchiveChange, ArchiveEntry, ArchiveRemovalChange, Change } from '../../src/changes/change.ts';
import { foldReset } from '../../src/plan/reset.ts';
import { drive, RUN_ID, settle } from './drive.ts';
import { lastEntry, placeRun, runEngine } from './engine-alone.ts';
import { busyboxShell, dash, type HostRoot, makeHostRoot, pointsPassed, stopAt } from './host-root.ts';
import type { LocalShell } from './local-connection.ts';
import { sha256Of, tarball } from './tarball.ts';

const first = tarball([
  { path: 'bin/', type: '5' },
  { path: 'bin/daemon', content: 'daemon 1\n' },
  { path: 'bin/old-tool', content: 'only in the first\n' },
  { path: 'README', content: 'nobody asked for it\n' },
]);
const second = tarball([
  { path: './bin/daemon', content: 'daemon 2\n' },
  { path: './bin/new-tool', content: 'only in the second\n' },
]);
const single = Buffer.from('a program of its own\n');

/** Path → what is served; `cut` promises more than comes. */
const served: Readonly<Record<string, Buffer>> = { '/first': first, '/second': second, '/single': single };
let server: Server;
let requests: string[] = [];
let url: string;
beforeAll(async () => {
  server = createServer((request, response) => {
    const path = request.url ?? '';
    requests.push(path);
    const body = served[path];
    if (path === '/cut') {
      response.writeHead(200, { 'content-length': String(first.length) });
      response.end(first.subarray(0, 40));
      response.socket?.end();
      return;
    }
    response.writeHead(body === undefined ? 404 : 200, { 'content-length': String(body?.length ?? 0) });
    response.end(body);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
});

let host: HostRoot;
let before: string;
const prepare = (shell: LocalShell = dash) => {
  host = makeHostRoot(shell);
  requests = [];
  mkdirSync(join(host.tree, 'bin'));
  writeFileSync(join(host.tree, 'bin/other'), 'not ours\n');
  before = host.fingerprint();
};
beforeEach(() => prepare());
afterEach(() => host.remove());

const entries = (): readonly ArchiveEntry[] => [{ member: 'bin/', path: `${join(host.tree, 'bin')}/`, mode: '0755' }];
const archive = (rest: Partial<ArchiveChange> = {}): ArchiveChange => ({
  kind: 'archive',
  id: 'archive:daemon',
  target: 'daemon',
  summary: 'a test',
  because: 'a test',
  disruption: 'none',
  reversible: true,
  phase: 'switch',
  component: 'daemon',
  source: { from: 'url', url: `${url}/first` },
  sha256: sha256Of(first),
  entries: entries(),
  before: null,
  ...rest,
});
const next = (rest: Partial<ArchiveChange> = {}) =>
  archive({
    source: { from: 'url', url: `${url}/second` },
    sha256: sha256Of(second),
    before: { sha256: sha256Of(first), changed: [] },
    ...rest,
  });
const removal = (rest: Partial<ArchiveRemovalChange> = {}): ArchiveRemovalChange => ({
  ...{ kind: 'archive-removal', id: 'archive-removal:daemon', target: 'daemon', component: 'daemon' },
  ...{ summary: 'a test', because: 'a test', disruption: 'none', reversible: true, phase: 'switch' },
  before: { sha256: sha256Of(first), changed: [] },
  ...rest,
});
const inBin = (name: string) => join(host.tree, 'bin', name);
const text = (name: string) => readFileSync(inBin(name), 'utf8');
const record = () => join(host.base, 'archives/daemon');
const later = { identity: { runId: '20261121-020001-bbbb', holder: 'ops@test' } };
const rollback = (runId: string) => runEngine(host, runId, 'rollback');

const shells: readonly (readonly [string, LocalShell | string])[] = [
  ['sh', dash],
  ['a busybox userland', busyboxShell()],
];

describe.each(shells)('an archive under %s', (_name, shell) => {
  const check = test.skipIf(typeof shell === 'string');

  check('is fetched by the host, put in place, and taken back to the byte', async () => {
    host.remove();
    prepare(typeof shell === 'string' ? dash : shell);
    const run = await drive(host, [archive()]);
    expect(run.progress.failure).toBeUndefined();
    expect(run.end).toEqual({ kind: 'settled', word: 'committed' });
    expect(text('daemon')).toBe('daemon 1\n');
    expect(statSync(inBin('daemon')).mode & 0o7777).toBe(0o755);
    expect(readdirSync(join(host.tree, 'bin')).toSorted()).toEqual(['daemon', 'old-tool', 'other']);
    expect(existsSync(join(host.base, 'runs', RUN_ID, 'archives'))).toBe(false);
    expect(readFileSync(record(), 'utf8')).toContain(
      `archive ${sha256Of(first)}\nfile file:${sha256Of('daemon 1\n')}:755:`,
    );
    expect(rollback(RUN_ID)).toMatchObject({ code: 0, stderr: '' });
    expect(host.fingerprint()).toBe(before);
    expect(existsSync(join(host.base, 'archives'))).toBe(false);
  });

  check('gives way to another one: what only the old one had goes, and comes back with a rollback', async () => {
    host.remove();
    prepare(typeof shell === 'string' ? dash : shell);
    await drive(host, [archive()]);
    const installed = host.fingerprint();
    const run = await drive(host, [next()], later);
    expect(run.progress.failure).toBeUndefined();
    expect(text('daemon')).toBe('daemon 2\n');
    expect(readdirSync(join(host.tree, 'bin')).toSorted()).toEqual(['daemon', 'new-tool', 'other']);
    expect(rollback(later.identity.runId)).toMatchObject({ code: 0, stderr: '' });
    expect(host.fingerprint()).toBe(installed);
    expect(readFileSync(record(), 'utf8')).toContain(`archive ${sha256Of(first)}\n`);
  });

  check('goes with its record, comes back with a rollback, and leaves nothing to a reset', async () => {
    host.remove();
    prepare(typeof shell === 'string' ? dash : shell);
    await drive(host, [archive()]);
    const installed = host.fingerprint();
    const run = await drive(host, [removal()], later);
    expect(run.progress.failure).toBeUndefined();
    expect(readdirSync(join(host.tree, 'bin'))).toEqual(['other']);
    expect(existsSync(record())).toBe(false);
    expect(rollback(later.identity.runId)).toMatchObject({ code: 0, stderr: '' });
    expect(host.fingerprint()).toBe(installed);
    await drive(host, [removal()], { identity: { runId: '20261121-020002-cccc', holder: 'ops@test' } });
    const connection = host.connect();
    const options = { open: async () => connection, programs: host.programs, settle, onEvent: () => undefined };
    const identity = { runId: '20261121-020003-dddd', holder: 'ops@test' };
    const asked = { ...options, identity, signal: new AbortController().signal };
    const plan = await planReset(asked);
    expect(foldReset(plan.steps).items.map(({ change }) => `${change.kind} ${change.summary}`)).toEqual([
      'archive removed: its files, where they are as nodeprep installed them',
    ]);
    expect((await resetHost(asked, plan)).end).toEqual({ kind: 'settled', word: 'reset' });
    expect(host.fingerprint()).toBe(before);
  });
});

describe('an archive', () => {
  test('that is a program itself is put where it belongs', async () => {
    const path = join(host.tree, 'sbin/program');
    const source = { from: 'url', url: `${url}/single` } as const;
    const run = await drive(host, [
      archive({ source, sha256: sha256Of(single), entries: [{ member: '.', path, mode: '0755' }] }),
    ]);
    expect(run.progress.failure).toBeUndefined();
    expect(readFileSync(path, 'utf8')).toBe('a program of its own\n');
    expect(rollback(RUN_ID)).toMatchObject({ code: 0, stderr: '' });
    expect(host.fingerprint()).toBe(before);
  });

  test('gives single files, and nothing else of it', async () => {
    const path = join(host.tree, 'daemon');
    await drive(host, [archive({ entries: [{ member: 'bin/daemon', path, mode: '0700' }] })]);
    expect(readFileSync(path, 'utf8')).toBe('daemon 1\n');
    expect(readdirSync(host.tree).toSorted()).toEqual(['bin', 'daemon']);
    expect(readdirSync(join(host.tree, 'bin'))).toEqual(['other']);
  });

  test('mends what was changed of it, where the plan knew', async () => {
    await drive(host, [archive()]);
    writeFileSync(inBin('daemon'), 'tampered with\n');
    const unaware = await drive(host, [archive({ before: { sha256: sha256Of(first), changed: [] } })], later);
    expect(unaware.progress.failure).toMatchObject({
      event: 'mismatch',
      reason: expect.stringContaining(`changed since: ${inBin('daemon')}`),
    });
    const aware = archive({ before: { sha256: sha256Of(first), changed: [inBin('daemon')] } });
    const identity = { runId: '20261121-020002-cccc', holder: 'ops@test' };
    expect((await drive(host, [aware], { identity })).end).toEqual({ kind: 'settled', word: 'committed' });
    expect(text('daemon')).toBe('daemon 1\n');
    expect(rollback(identity.runId)).toMatchObject({ code: 0, stderr: '' });
    expect(text('daemon')).toBe('tampered with\n');
  });

  test('does not go where it has been changed since the plan', async () => {
    await drive(host, [archive()]);
    writeFileSync(inBin('daemon'), 'tampered with\n');
    const run = await drive(host, [removal()], later);
    expect(run.end).toEqual({ kind: 'settled', word: 'unchanged' });
    expect(run.progress.failure).toMatchObject({ event: 'mismatch', reason: expect.stringContaining('changed since') });
    expect(text('daemon')).toBe('tampered with\n');
  });

  test('leaves alone what somebody else has put there, and takes for its own what is the same', async () => {
    writeFileSync(inBin('daemon'), 'a stranger\n');
    const refused = await drive(host, [archive()]);
    expect(refused.progress.failure).toMatchObject({
      event: 'mismatch',
      reason: expect.stringContaining(`${inBin('daemon')} is there`),
    });
    writeFileSync(inBin('daemon'), 'daemon 1\n');
    chmodSync(inBin('daemon'), 0o755);
    const same = host.fingerprint();
    expect((await drive(host, [archive()], later)).progress.failure).toBeUndefined();
    expect(rollback(later.identity.runId)).toMatchObject({ code: 0, stderr: '' });
    expect(host.fingerprint()).toBe(same);
  });

  test('whose files were changed by somebody else is not taken back over them', async () => {
    await drive(host, [archive()]);
    writeFileSync(inBin('daemon'), 'edited since\n');
    rollback(RUN_ID);
    expect(host.journal(RUN_ID)).toContain(`${inBin('daemon')} has been changed since this run wrote it`);
    expect(text('daemon')).toBe('edited since\n');
    expect(text('old-tool')).toBe('only in the first\n');
  });

  test.each([
    [
      '/first',
      'f'.repeat(64),
      /has sha256 [0-9a-f]{64} \(\d+ bytes\), the inventory says f{64}: correct runtime\.archives/,
    ],
    [
      '/gone',
      sha256Of(first),
      /cannot be fetched from http.*\/gone .* MiB free .*404.*; look at runtime\.archives\.daemon/,
    ],
    ['/cut', sha256Of(first), /cannot be fetched from http.*\/cut |has sha256/],
    ['/single', sha256Of(single), /is not a tar archive that can be read/],
  ])('from %s that is not the one that was promised leaves the host as it was', async (path, sha256, reason) => {
    const run = await drive(host, [archive({ source: { from: 'url', url: `${url}${path}` }, sha256 })]);
    expect(run.end).toEqual({ kind: 'settled', word: 'unchanged' });
    expect(run.progress.failure).toMatchObject({ event: 'failed', reason: expect.stringMatching(reason) });
    expect(host.fingerprint()).toBe(before);
    expect(existsSync(join(host.base, 'archives'))).toBe(false);
  });

  test('from a host that nobody reaches leaves the host as it was', async () => {
    const run = await drive(host, [archive({ source: { from: 'url', url: 'http://127.0.0.1:1/x' } })]);
    expect(run.progress.failure?.reason).toMatch(/cannot be fetched from http:\/\/127\.0\.0\.1:1\/x/);
    expect(host.fingerprint()).toBe(before);
  });

  test.each([
    ['an absolute name', { path: '/etc/passwd', content: 'x' }, /leads out of it/],
    ['a way up', { path: 'bin/../../x', content: 'x' }, /leads out of it/],
    ['a device', { path: 'share/null', type: '3' }, /is a device/],
    ['a link among what is asked for', { path: 'bin/link', type: '2', target: '/etc' }, /is a link/],
    ['a hard link among what is asked for', { path: 'bin/hard', type: '1', target: 'bin/daemon' }, /is a link/],
    ['a name that no shell should see', { path: 'bin/a b', content: 'x' }, /writes no file of the name/],
  ] as const)('with %s is refused', async (_what, member, reason) => {
    const bytes = tarball([{ path: 'bin/daemon', content: 'daemon\n' }, member]);
    const path = join(host.root, 'hostile.tar.gz');
    writeFileSync(path, bytes);
    const run = await drive(host, [archive({ source: { from: 'file', path }, sha256: sha256Of(bytes) })]);
    expect(run.progress.failure).toMatchObject({ event: 'failed', reason: expect.stringMatching(reason) });
    expect(host.fingerprint()).toBe(before);
  });

  test('without what was declared says what it has instead', async () => {
    const missing = [{ member: 'bin/runtime', path: join(host.tree, 'runtime'), mode: '0755' }];
    const run = await drive(host, [archive({ entries: missing })]);
    expect(run.progress.failure?.reason).toMatch(
      /has no bin\/runtime: is it the archive of another program or version\? It has: bin\/daemon/,
    );
    expect(host.fingerprint()).toBe(before);
  });
});

describe('a host that cannot fetch', () => {
  /** As a host without any of the programs answers. */
  const bare = () => {
    const templates = readHostTemplates();
    const session = `${templates.session}\ncan_fetch() { say fetch no; }\n`;
    return hostPrograms({ ...templates, session }, host.settings);
  };

  test('gets it through this machine', async () => {
    const run = await drive(host, [archive()], { programs: bare() });
    expect(run.progress.failure).toBeUndefined();
    expect(text('daemon')).toBe('daemon 1\n');
    expect(requests).toEqual(['/first']);
  });

  test('is sent it again where not all of it came through', async () => {
    const short = `${readHostTemplates().session}
can_fetch() { say fetch no; }
cat() { if [ -z "\${receive_new:-}" ] || [ -e '${host.root}/cut' ]; then command cat "$@"; else : >'${host.root}/cut'; head -c 10; command cat >/dev/null; fi; }
`;
    const programs = hostPrograms({ ...readHostTemplates(), session: short }, host.settings);
    const run = await drive(host, [archive()], { programs });
    expect(run.progress.failure).toBeUndefined();
    expect(text('daemon')).toBe('daemon 1\n');
    expect(requests).toEqual(['/first', '/first']);
  });

  test('says how much came where it never comes whole', async () => {
    const session = `${readHostTemplates().session}\ncan_fetch() { say fetch no; }\ncat() { head -c 10; command cat >/dev/null; }\n`;
    const programs = hostPrograms({ ...readHostTemplates(), session }, host.settings);
    await expect(drive(host, [archive()], { programs })).rejects.toMatchObject({
      code: 'connect-failed',
      message: expect.stringContaining('only 10 bytes came through when http'),
    });
    expect(host.fingerprint()).toBe(before);
  });

  test('is told what this machine could not get either', async () => {
    const gone = archive({ source: { from: 'url', url: `${url}/gone` } });
    await expect(drive(host, [gone], { programs: bare() })).rejects.toMatchObject({
      code: 'step-failed',
      message: expect.stringMatching(/\/gone cannot be fetched from here: the server answers 404/),
      hint: expect.stringContaining('give the archive as file'),
    });
    const cut = archive({ source: { from: 'url', url: `${url}/cut` } });
    await expect(drive(host, [cut], { programs: bare() })).rejects.toMatchObject({
      code: 'step-failed',
      message: expect.stringMatching(/\/cut could not be read to its end: /),
    });
    const nobody = archive({ source: { from: 'url', url: 'http://127.0.0.1:1/x' } });
    await expect(drive(host, [nobody], { programs: bare() })).rejects.toMatchObject({ code: 'step-failed' });
    expect(host.fingerprint()).toBe(before);
  });
});

describe.each(['curl', 'wget', 'python3', 'perl'])('with nothing but %s a host', program => {
  const found = `/usr/bin/${program}`;

  /** fetch_url with a PATH that has this one program. */
  const fetchUrl = (path: string, proxy = '-', from = url) => {
    const bin = join(host.root, 'bin');
    mkdirSync(bin, { recursive: true });
    for (const [name, path] of [
      [program, found],
      ['grep', '/usr/bin/grep'],
    ] as const) {
      if (!existsSync(join(bin, name))) symlinkSync(path, join(bin, name));
    }
    const source = readFileSync(new URL('../../templates/host/archive.sh', import.meta.url), 'utf8');
    const script = `${source}\nOUT='${host.root}/out'\nbounded() { shift; "$@"; }\nquietly() { "$@" >"$OUT" 2>&1 </dev/null; }
      PATH='${bin}'\nfetch_url '${from}${path}' '${host.root}/fetched' '${proxy}'
      code=$?; [ -z "\${http_proxy+x}" ] || exit 99; exit "$code"`;
    return new Promise<number | null>(resolve => {
      execFile('sh', ['-c', script], error => resolve(error === null ? 0 : Number(error.code)));
    });
  };

  test.skipIf(!existsSync(found))('fetches, and tells when it could not', async () => {
    expect(await fetchUrl('/first')).toBe(0);
    expect(sha256Of(readFileSync(join(host.root, 'fetched')))).toBe(sha256Of(first));
    expect(await fetchUrl('/gone')).not.toBe(0);
    expect(readFileSync(join(host.root, 'out'), 'utf8')).toContain('404');
  });

  test.skipIf(!existsSync(found))(
    'goes through the proxy that it is given, and leaves nothing of it behind',
    async () => {
      const asked: string[] = [];
      const proxy = createServer((request, response) => {
        asked.push(request.url ?? '');
        response.writeHead(200, { 'content-length': first.length }).end(first);
      });
      await new Promise<void>(resolve => proxy.listen(0, '127.0.0.1', resolve));
      const { port } = proxy.address() as AddressInfo;
      const through = `http://127.0.0.1:${port}`;
      expect(await fetchUrl('/first', `${through}|${through}|10.0.0.0/8`, 'http://archives.example.com')).toBe(0);
      expect(asked).toEqual(['http://archives.example.com/first']);
      expect(sha256Of(readFileSync(join(host.root, 'fetched')))).toBe(sha256Of(first));
      proxy.close();
    },
  );
});

describe('an archive that is a file here', () => {
  const file = () => join(host.root, 'first.tar.gz');
  const pushed = (rest: Partial<ArchiveChange> = {}) => archive({ source: { from: 'file', path: file() }, ...rest });

  test('is pushed, whatever its bytes are, and nothing of the way it took stays', async () => {
    const bytes = Buffer.alloc(3_000_000);
    for (let index = 0; index < bytes.length; index += 1) bytes[index] = (index * 2_654_435_761) >>> 24;
    writeFileSync(file(), bytes);
    const path = join(host.tree, 'program');
    const run = await drive(host, [
      pushed({ sha256: sha256Of(bytes), entries: [{ member: '.', path, mode: '0755' }] }),
    ]);
    expect(run.progress.failure).toBeUndefined();
    expect(sha256Of(readFileSync(path))).toBe(sha256Of(bytes));
    expect(readdirSync(host.base).toSorted()).toEqual(expect.not.arrayContaining(['incoming']));
    expect(requests).toEqual([]);
  });

  test('is not sent where it is not the one that the inventory means', async () => {
    writeFileSync(file(), 'another one');
    await expect(drive(host, [pushed()])).rejects.toMatchObject({
      code: 'plan-refused',
      message: expect.stringContaining(`the inventory says ${sha256Of(first)}`),
    });
    expect(existsSync(host.base)).toBe(false);
  });

  test('is not sent again where the host has it', async () => {
    writeFileSync(file(), first);
    mkdirSync(join(host.base, 'incoming'), { recursive: true, mode: 0o700 });
    writeFileSync(join(host.base, 'incoming', sha256Of(first)), first);
    expect((await drive(host, [pushed()])).end).toEqual({ kind: 'settled', word: 'committed' });
    expect(text('daemon')).toBe('daemon 1\n');
  });

  test('can be staged, and a run with it takes it from there', async () => {
    writeFileSync(file(), first);
    const connection = host.connect();
    const run = { open: async () => connection, programs: host.programs };
    const identity = { runId: '20261121-010000-aaaa', holder: 'ops@test' };
    const signal = new AbortController().signal;
    const options = { ...run, identity, settle, plan: '{}\n', onEvent: () => undefined, signal };
    const { progress } = await stageHost({ ...options, changes: [pushed()] });
    expect(progress.failure).toBeUndefined();
    expect(host.fingerprint()).toBe(before);
    const staged = (await readStaged({ ...run, identity }))?.seal;
    writeFileSync(file(), 'gone by now');
    const used = await drive(host, [pushed()], { staged });
    expect(used.progress.failure).toBeUndefined();
    expect(text('daemon')).toBe('daemon 1\n');
    expect(existsSync(join(host.base, 'staged'))).toBe(false);
  });
});

describe.each<[string, () => Change, readonly string[]]>([
  ['installs', () => next({ source: { from: 'file', path: '/pushed/by/now' } }), ['daemon', 'new-tool', 'other']],
  ['removes', () => removal(), ['other']],
])('a host program that is killed while it %s an archive', { timeout: 120_000 }, (_, change, left) => {
  const RUN = later.identity.runId;
  /** The first archive as it is installed, and a run that is to change that. */
  const fresh = () => {
    host.remove();
    prepare();
    const files = { daemon: 'daemon 1\n', 'old-tool': 'only in the first\n' };
    const lines = Object.entries(files).map(([name, content]) => {
      writeFileSync(inBin(name), content);
      chmodSync(inBin(name), 0o755);
      return `file file:${sha256Of(content)}:755:${process.getuid?.()}:${process.getgid?.()} ${inBin(name)}\n`;
    });
    mkdirSync(join(host.base, 'archives'), { recursive: true });
    writeFileSync(record(), `archive ${sha256Of(first)}\n${lines.join('')}`);
    mkdirSync(join(host.base, 'incoming'));
    writeFileSync(join(host.base, 'incoming', sha256Of(second)), second);
    placeRun(host, RUN, [[change()]]);
    return host.fingerprint();
  };

  test('at any point is settled by recover: all as before, or committed', () => {
    fresh();
    stopAt(host, 1_000_000);
    expect(runEngine(host, RUN, 'run')).toMatchObject({ code: 0, stderr: '' });
    expect(readdirSync(join(host.tree, 'bin')).toSorted()).toEqual(left);
    const points = pointsPassed(host);
    expect(points).toBeGreaterThan(10);
    for (let point = 1; point <= points; point += 1) {
      const installed = fresh();
      stopAt(host, point);
      runEngine(host, RUN, 'run');
      stopAt(host, undefined);
      const committed = lastEntry(host, RUN).endsWith('settle - committed');
      expect(runEngine(host, RUN, 'recover'), `point ${point}`).toMatchObject({ code: 0, stderr: '' });
      expect(host.fingerprint() === installed, `point ${point}`).toBe(!committed);
      expect(existsSync(join(host.base, 'runs', RUN, 'archives'))).toBe(false);
    }
  });
});
