import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { planReset, resetHost } from '../../src/apply/reset.ts';
import { planRollback, rollbackHost } from '../../src/apply/rollback.ts';
import type { Change, PathState } from '../../src/changes/change.ts';
import { foldReset } from '../../src/plan/reset.ts';
import { drive, recover, settle } from './drive.ts';
import { lastEntry, runEngine } from './engine-alone.ts';
import {
  directoryChange,
  fileChange,
  fileState,
  type HostRoot,
  makeHostRoot,
  pointsPassed,
  runIds,
  stopAt,
  sysctlChange,
} from './host-root.ts';

let host: HostRoot;
let before: string;
const path = (name: string) => join(host.tree, name);
const read = (name: string) => readFileSync(path(name), 'utf8');

const populate = (): void => {
  host = makeHostRoot();
  writeFileSync(path('old.conf'), 'old\n');
  writeFileSync(path('gone.conf'), 'gone\n');
  mkdirSync(path('real'));
  symlinkSync('real', path('link'));
  before = host.fingerprint();
};
beforeEach(populate);
afterEach(() => host.remove());

let count = 0;
const apply = async (changes: readonly Change[]): Promise<string> => {
  count += 1;
  const runId = `20261121-02${String(count).padStart(4, '0')}-aaaa`;
  const run = await drive(host, changes, { identity: { runId, holder: 'ops@test' } });
  expect(run.end).toEqual({ kind: 'settled', word: 'committed' });
  return runId;
};

const options = () => {
  count += 1;
  const connection = host.connect();
  return {
    open: async () => connection,
    programs: host.programs,
    identity: { runId: `20261121-03${String(count).padStart(4, '0')}-rrrr`, holder: 'ops@test' },
    settle,
    onEvent: () => undefined,
    signal: new AbortController().signal,
  };
};
const reset = async () => {
  const plan = await planReset(options());
  return { plan, folded: foldReset(plan.steps), ...(await resetHost(options(), plan)) };
};

/** Eight runs, of which the ledger has the first ones by then. */
const manyRuns = async (): Promise<void> => {
  await apply([
    fileChange(path('old.conf'), fileState('old\n'), 'run 0\n'),
    fileChange(path('new/new.conf'), { state: 'absent' }, 'new\n'),
    fileChange(path('link'), { state: 'symlink', target: 'real' }, 'a file now\n'),
    fileChange(path('gone.conf'), fileState('gone\n'), { state: 'absent' }),
    directoryChange(path('made/by/us')),
    sysctlChange('net.ipv4.ip_forward', '1', '0'),
  ]);
  for (let run = 1; run < 8; run += 1)
    await apply([fileChange(path('old.conf'), fileState(`run ${run - 1}\n`), `run ${run}\n`)]);
};

describe('a reset', () => {
  test('takes all runs back, also those that are pruned; a second one has nothing to do, and an apply begins anew', async () => {
    await manyRuns();
    expect(runIds(host)).toHaveLength(5);
    expect(readdirSync(join(host.base, 'ledger'))).toHaveLength(3);
    const { end, plan, folded } = await reset();
    expect(end).toEqual({ kind: 'settled', word: 'reset' });
    expect(plan).toMatchObject({ incomplete: false, unfinished: false });
    expect(
      folded.items.map(({ change }) => [change.kind, change.target.replace(host.tree, ''), change.summary]),
    ).toEqual([
      ['file', '/old.conf', 'put back as it was before nodeprep'],
      ['sysctl', 'net.ipv4.ip_forward', 'back to 0'],
      ['directory', '/made/by/us', 'removed, if nothing of others is in it'],
      ['file', '/gone.conf', 'put back as it was before nodeprep'],
      ['file', '/link', 'put back as it was before nodeprep'],
      ['file', '/new/new.conf', 'removed'],
    ]);
    expect(host.fingerprint()).toBe(before);
    expect((await planReset(options())).steps).toEqual([]);
    expect(readdirSync(join(host.base, 'ledger'))).toEqual([]);

    const again = await apply([fileChange(path('old.conf'), fileState('old\n'), 'again\n')]);
    const rollback = await planRollback(options(), undefined);
    expect(rollback?.run.runId).toBe(again);
    expect((await reset()).end).toEqual({ kind: 'settled', word: 'reset' });
    expect(host.fingerprint()).toBe(before);
  }, 120_000);

  test('leaves what others have changed since, names it, and keeps what was there before', async () => {
    await manyRuns();
    writeFileSync(path('old.conf'), 'by hand\n');
    writeFileSync(path('made/by/us/mine'), '');
    writeFileSync(join(host.root, 'sys/net/ipv4/ip_forward'), '2\n');
    const { plan, folded, progress, end } = await reset();
    expect(end).toEqual({ kind: 'settled', word: 'reset' });
    expect(folded.kept).toEqual([
      expect.stringContaining(`${path('old.conf')} has been changed since this run wrote it`),
      'net.ipv4.ip_forward has been changed since this run set it to 1: found 2',
    ]);
    expect(read('old.conf')).toBe('by hand\n');
    expect(existsSync(path('made/by/us/mine'))).toBe(true);
    expect(readFileSync(join(host.root, 'sys/net/ipv4/ip_forward'), 'utf8')).toBe('2\n');
    expect(existsSync(path('new'))).toBe(false);
    const told = progress.kept.join('\n');
    expect(told).toContain(`${path('made/by/us')} stays: it is not empty`);
    expect(told).toContain('net.ipv4.ip_forward was changed by somebody else since nodeprep set it to 1');
    // Of all the texts that the file has had, the first one is the user's.
    const [, kept = ''] =
      /as it was before: (\S+)$/.exec(progress.kept.filter(line => line.includes('old.conf')).at(-1) ?? '') ?? [];
    expect(readFileSync(kept, 'utf8')).toBe('old\n');
    expect(plan.steps).toHaveLength(13);
    expect((await planReset(options())).steps).toEqual([]);
  }, 120_000);

  test('does not know of runs that are taken back already', async () => {
    await apply([fileChange(path('old.conf'), fileState('old\n'), 'one\n')]);
    await apply([fileChange(path('new.conf'), { state: 'absent' }, 'two\n')]);
    const plan = await planRollback(options(), undefined);
    if (plan === undefined) throw new Error('nothing to roll back');
    await rollbackHost({ ...options(), plan, diff: () => '' });
    expect(foldReset((await planReset(options())).steps).items.map(({ change }) => change.target)).toEqual([
      path('old.conf'),
    ]);
  });

  test('is refused when more has been changed since it was shown', async () => {
    await apply([fileChange(path('old.conf'), fileState('old\n'), 'one\n')]);
    const plan = await planReset(options());
    await apply([fileChange(path('new.conf'), { state: 'absent' }, 'two\n')]);
    await expect(resetHost(options(), plan)).rejects.toMatchObject({ code: 'guard-mismatch' });
    expect(read('old.conf')).toBe('one\n');
    expect((await reset()).end).toEqual({ kind: 'settled', word: 'reset' });
    expect(host.fingerprint()).toBe(before);
  });

  test('that gets stuck says at what, and the next one takes the rest', async () => {
    await apply([
      fileChange(path('old.conf'), fileState('old\n'), 'one\n'),
      fileChange(path('d/new.conf'), { state: 'absent' }, 'two\n'),
      fileChange(path('real/x.conf'), { state: 'absent' }, 'three\n'),
    ]);
    // Nobody can remove a directory as if it were a file.
    rmSync(path('old.conf'));
    mkdirSync(path('old.conf'));
    const { end, progress } = await reset();
    expect(end).toEqual({ kind: 'settled', word: 'reset' });
    expect(progress.kept.join()).toContain(`${path('old.conf')} was changed by somebody else since nodeprep wrote it`);
    expect(existsSync(path('real/x.conf'))).toBe(false);
  });

  test('says when an older nodeprep may have forgotten runs', async () => {
    const changes = (run: number): readonly Change[] => [
      fileChange(path('old.conf'), fileState(run === 0 ? 'old\n' : `run ${run - 1}\n`), `run ${run}\n`),
    ];
    for (let run = 0; run < 3; run += 1) await apply(changes(run));
    rmSync(join(host.base, 'ledger'), { recursive: true });
    expect((await planReset(options())).incomplete).toBe(false);
    await apply(changes(3));
    // Three had been there, so nothing had been forgotten.
    expect((await planReset(options())).incomplete).toBe(false);
    await apply(changes(4));
    rmSync(join(host.base, 'ledger'), { recursive: true });
    expect((await planReset(options())).incomplete).toBe(true);
    await apply(changes(5));
    expect((await planReset(options())).incomplete).toBe(true);
    expect((await reset()).end).toEqual({ kind: 'settled', word: 'reset' });
    expect((await planReset(options())).incomplete).toBe(false);
    expect(host.fingerprint()).toBe(before);
  }, 120_000);
});

describe('a reset that is killed', () => {
  const prepare = async () => {
    await apply([
      fileChange(path('old.conf'), fileState('old\n'), 'one\n'),
      fileChange(path('new/new.conf'), { state: 'absent' }, 'new\n'),
      sysctlChange('net.ipv4.ip_forward', '1', '0'),
    ]);
    await apply([
      fileChange(path('old.conf'), fileState('one\n'), 'two\n'),
      fileChange(path('link'), { state: 'symlink', target: 'real' }, 'a file now\n'),
    ]);
  };
  /** Placed, and killed before its first word; what the host is like then can be had again and again. */
  const place = async () => {
    await prepare();
    const plan = await planReset(options());
    const placing = options();
    stopAt(host, 1);
    expect((await resetHost(placing, plan)).end).toEqual({ kind: 'dead' });
    stopAt(host, undefined);
    const archive = `${host.root}.tar`;
    execFileSync('tar', ['-cf', archive, '-C', host.root, '.']);
    const again = () => {
      execFileSync('sh', ['-c', 'rm -rf "$1"/* && tar -xf "$2" -C "$1"', 'sh', host.root, archive]);
    };
    return { runId: placing.identity.runId, again, archive, prepared: host.fingerprint() };
  };

  test('goes on where it began, at whatever point, and otherwise has changed nothing', async () => {
    const { runId, again, archive, prepared } = await place();
    stopAt(host, 1_000_000);
    expect(runEngine(host, runId, 'reset')).toMatchObject({ code: 0, stderr: '' });
    const points = pointsPassed(host);
    expect(points).toBeGreaterThan(20);
    for (let point = 1; point <= points; point += 1) {
      again();
      stopAt(host, point);
      expect(runEngine(host, runId, 'reset').code, `point ${point}`).not.toBe(0);
      stopAt(host, undefined);
      if (lastEntry(host, runId).includes(' settle - ')) continue;
      expect(runEngine(host, runId, 'recover').code).toBe(0);
      const isUnchanged = lastEntry(host, runId).endsWith(' settle - unchanged');
      if (!isUnchanged) expect(lastEntry(host, runId), `point ${point}`).toMatch(/ settle - reset$/);
      expect(host.fingerprint(), `point ${point}`).toBe(isUnchanged ? prepared : before);
      expect(runIds(host).length, `point ${point}`).toBe(isUnchanged ? 3 : 1);
    }
    rmSync(archive);
  }, 300_000);

  test('tells all that stays, also what it said before it was killed', async () => {
    await prepare();
    writeFileSync(path('link'), 'theirs\n');
    const placing = options();
    const plan = await planReset(placing);
    stopAt(host, 16);
    expect((await resetHost(placing, plan)).end).toEqual({ kind: 'dead' });
    stopAt(host, undefined);
    const journal = readFileSync(join(host.base, 'runs', placing.identity.runId, 'journal'), 'utf8');
    expect(journal).toContain(`${path('link')} was changed by somebody else`);
    const [settled] = await recover(host);
    expect(settled?.end).toEqual({ kind: 'settled', word: 'reset' });
    expect(settled?.progress.kept.join()).toContain(`${path('link')} was changed by somebody else`);
  }, 60_000);

  test('alone with its control side is settled by the next command', async () => {
    const { archive } = await place();
    rmSync(archive);
    expect((await planReset(options())).unfinished).toBe(true);
    expect((await recover(host))[0]?.end).toEqual({ kind: 'settled', word: 'unchanged' });
    expect((await reset()).end).toEqual({ kind: 'settled', word: 'reset' });
    expect(host.fingerprint()).toBe(before);
  }, 60_000);
});

test('whatever runs did to files, and whichever were taken back, a reset restores the first state', async () => {
  const names = ['old.conf', 'a/b/c.conf', 'd.conf'] as const;
  const step = fc.record({ name: fc.constantFrom(...names), text: fc.constantFrom('x\n', 'y\n', undefined) });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(step, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 4 }),
      async runs => {
        host.remove();
        populate();
        const states = new Map<string, string | undefined>([['old.conf', 'old\n']]);
        for (const steps of runs) {
          const changes = steps.flatMap(({ name, text }): Change[] => {
            const now = states.get(name);
            if (now === text) return [];
            states.set(name, text);
            const was: PathState = now === undefined ? { state: 'absent' } : fileState(now);
            return [fileChange(path(name), was, text ?? { state: 'absent' })];
          });
          // All guards of a round hold before its first step, so an object is changed once in one.
          if (changes.length > 0 && new Set(changes.map(({ target }) => target)).size === changes.length)
            await apply(changes);
          else for (const change of changes) await apply([change]);
        }
        const stands = (await planReset(options())).steps.length > 0;
        if (stands) expect((await reset()).end).toEqual({ kind: 'settled', word: 'reset' });
        expect(host.fingerprint()).toBe(before);
      },
    ),
    { numRuns: 3 },
  );
}, 300_000);

test('nothing of the look stays', async () => {
  await apply([fileChange(path('old.conf'), fileState('old\n'), 'new\n')]);
  const left = () => execFileSync('sh', ['-c', 'find "$1" | sort', 'sh', host.root], { encoding: 'utf8' });
  const seen = left();
  await planReset(options());
  expect(left()).toBe(seen);
}, 60_000);
