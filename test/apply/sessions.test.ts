import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { HostRunEvent } from '../../src/apply/host-run.ts';
import { planRollback, rollbackHost } from '../../src/apply/rollback.ts';
import type { RunHostOptions } from '../../src/apply/run-host.ts';
import type { Connection, Session } from '../../src/connect/connection.ts';
import { drive, RUN_ID, recover, settle } from './drive.ts';
import { fileChange, fileState, type HostRoot, makeHostRoot, runIds, stopAt } from './host-root.ts';

const OTHER = '20261121-020500-bbbb';

let host: HostRoot;
beforeEach(() => {
  host = makeHostRoot();
  writeFileSync(join(host.tree, 'a.conf'), 'a\n');
});
afterEach(() => host.remove());

const editA = (text = 'edited\n') => [fileChange(join(host.tree, 'a.conf'), fileState('a\n'), text)];
const textOfA = () => readFileSync(join(host.tree, 'a.conf'), 'utf8');
const as = (runId: string, holder = 'ops@test'): Partial<RunHostOptions> => ({ identity: { runId, holder } });

/** A promise that the test settles, to keep a run at its hold while something else happens. */
const gate = () => {
  let open: () => void = () => undefined;
  const passed = new Promise<void>(resolve => {
    open = resolve;
  });
  return { open, passed };
};

/** Sessions of `connection`, so that a test can cut them. */
const recordSessions = (connection: Connection) => {
  const sessions: Session[] = [];
  const wrapped: Connection = {
    ...connection,
    async start(program, options) {
      const session = await connection.start(program, options);
      sessions.push(session);
      return session;
    },
  };
  return { wrapped, sessions };
};

describe('two at once', () => {
  test('the second is refused and names the holder, the first goes on', async () => {
    const atHold = gate();
    const release = gate();
    const first = drive(host, editA(), {
      ...as(RUN_ID, 'ops@ci-7'),
      verify: async () => {
        atHold.open();
        await release.passed;
        return { ok: true };
      },
    });
    await atHold.passed;
    await expect(drive(host, editA('second\n'), as(OTHER))).rejects.toMatchObject({
      code: 'lock-held',
      message: expect.stringContaining(`run ${RUN_ID} by ops@ci-7 has worked on this host for`),
      hint: `Wait for it to end. If that machine is gone: ${settle}`,
    });
    expect(runIds(host)).toEqual([RUN_ID]);
    release.open();
    expect((await first).end).toEqual({ kind: 'settled', word: 'committed' });
    expect(textOfA()).toBe('edited\n');
  });

  test('of many only one gets the lock', async () => {
    const ids = ['aaaa', 'bbbb', 'cccc', 'dddd', 'eeee'].map(end => `20261121-020000-${end}`);
    const held = gate();
    const runs = ids.map(id =>
      drive(host, editA(`${id}\n`), {
        ...as(id),
        verify: async () => {
          await held.passed;
          return { ok: true };
        },
      }).catch((error: unknown) => error),
    );
    const refused = runs.map(async run => {
      const result = await run;
      return result instanceof Error;
    });
    // Four are refused while the fifth stands at its hold.
    let seen = 0;
    await new Promise<void>(resolve => {
      for (const one of refused)
        void one.then(isRefused => {
          if (isRefused) seen += 1;
          if (seen === ids.length - 1) resolve();
        });
    });
    held.open();
    expect((await Promise.all(refused)).filter(Boolean)).toHaveLength(4);
    expect(textOfA()).toMatch(/^20261121-020000-[a-e]{4}\n$/);
  }, 60_000);
});

describe('a control side that is gone', () => {
  /** A run that stands at its verify hold with nobody to answer. */
  const abandoned = async () => {
    const { wrapped, sessions } = recordSessions(host.connect());
    const atHold = gate();
    void drive(host, editA(), {
      open: async () => {
        if (sessions.length > 0) return new Promise(() => undefined);
        return wrapped;
      },
      verify: async () => {
        atHold.open();
        return new Promise(() => undefined);
      },
    });
    await atHold.passed;
    for (const session of sessions) session.close();
  };

  test('is taken over: its run is reverted, then the next one does its own work', async () => {
    await abandoned();
    const events: HostRunEvent[] = [];
    const run = await drive(host, editA('mine\n'), { ...as(OTHER), onEvent: event => events.push(event) });
    expect(events.find(event => event.kind === 'taken-over')).toMatchObject({ runId: RUN_ID, holder: 'ops@test' });
    expect(host.journal(RUN_ID)).toMatch(/ settle - reverted\n$/);
    expect(run.end).toEqual({ kind: 'settled', word: 'committed' });
    expect(textOfA()).toBe('mine\n');
  });

  test('is taken over by recover', async () => {
    await abandoned();
    const settled = await recover(host);
    expect(settled).toMatchObject([{ runId: RUN_ID, end: { kind: 'settled', word: 'reverted' } }]);
    expect(textOfA()).toBe('a\n');
  });

  test('need not come back: the host reverts by itself when the deadline passes', async () => {
    host.remove();
    host = makeHostRoot(undefined, 2);
    writeFileSync(join(host.tree, 'a.conf'), 'a\n');
    await abandoned();
    await vi.waitFor(() => expect(host.journal(RUN_ID)).toMatch(/ settle - reverted\n$/), { timeout: 15_000 });
    expect(host.journal(RUN_ID)).toContain('no answer to verify within 2 s');
    expect(textOfA()).toBe('a\n');
  });
});

describe('a lost connection', () => {
  test('neither kills nor repeats work', async () => {
    const { wrapped, sessions } = recordSessions(host.connect());
    const entries: number[] = [];
    const run = await drive(host, editA(), {
      open: async () => wrapped,
      onEvent: event => {
        if (event.kind === 'entry') entries.push(event.entry.seq);
      },
      afterRound: async () => {
        sessions.at(-1)?.close();
        return { kind: 'verify' };
      },
    });
    expect(run.end).toEqual({ kind: 'settled', word: 'committed' });
    expect(sessions).toHaveLength(2);
    expect(entries).toEqual(entries.map((_, index) => index + 1));
    expect(host.journal(RUN_ID).match(/ begin /g)).toHaveLength(1);
  });

  test('before the first word starts the run once', async () => {
    const { wrapped, sessions } = recordSessions(host.connect());
    const cutting: Connection = {
      ...wrapped,
      async start(program, options) {
        const session = await wrapped.start(program, options);
        if (sessions.length === 1) session.close();
        return session;
      },
    };
    const run = await drive(host, editA(), { open: async () => cutting });
    expect(run.end).toEqual({ kind: 'settled', word: 'committed' });
    expect(host.journal(RUN_ID).match(/ start /g)).toHaveLength(1);
  });
});

describe('a host program that is gone', () => {
  test('is told; the next apply settles what it left and does its own work', async () => {
    stopAt(host, 12);
    const run = await drive(host, editA());
    expect(run.end).toEqual({ kind: 'dead' });
    stopAt(host, undefined);
    const events: HostRunEvent[] = [];
    const next = await drive(host, editA('mine\n'), { ...as(OTHER), onEvent: event => events.push(event) });
    expect(events).toContainEqual({ kind: 'recovering', runId: RUN_ID });
    expect(next.end).toEqual({ kind: 'settled', word: 'committed' });
    expect(host.journal(RUN_ID)).toMatch(/ settle - reverted\n$/);
    expect(textOfA()).toBe('mine\n');
  });

  test('leaves a cut line in its journal, which nobody takes for an entry', async () => {
    stopAt(host, 12);
    await drive(host, editA());
    stopAt(host, undefined);
    const path = join(host.base, 'runs', RUN_ID, 'journal');
    writeFileSync(path, `${readFileSync(path, 'utf8')}99 1700000000 settle - comm`);
    expect(await recover(host)).toMatchObject([{ end: { kind: 'settled', word: 'reverted' } }]);
    expect(textOfA()).toBe('a\n');
  });

  test('recover without anything to settle is fine', async () => {
    expect(await recover(host)).toEqual([]);
  });
});

describe('an interrupt', () => {
  test('finishes the step, then reverts', async () => {
    const interrupt = new AbortController();
    const run = await drive(host, editA(), {
      signal: interrupt.signal,
      verify: async () => {
        interrupt.abort();
        return { ok: true };
      },
    });
    expect(run.end).toEqual({ kind: 'settled', word: 'reverted' });
    expect(textOfA()).toBe('a\n');
  });
});

describe('rollback', () => {
  const rollback = async (runId?: string) => {
    const connection = host.connect();
    const common = {
      open: async () => connection,
      programs: host.programs,
      identity: { runId: '20261121-040000-rrrr', holder: 'ops@test' },
    };
    const plan = await planRollback(common, runId);
    if (plan === undefined) return undefined;
    return rollbackHost({
      ...common,
      plan,
      settle,
      diff: (path, left, found) => `${path}: ${left} → ${found}`,
      onEvent: () => undefined,
      signal: new AbortController().signal,
    });
  };

  test('restores what the last run replaced, once', async () => {
    const before = host.fingerprint();
    await drive(host, editA());
    expect((await rollback())?.end).toEqual({ kind: 'settled', word: 'rolled-back' });
    expect(host.fingerprint()).toBe(before);
    expect(await rollback()).toBeUndefined();
    expect(await rollback(RUN_ID)).toBeUndefined();
  });

  test('leaves a file that was changed since, shows the difference, and the run stands', async () => {
    await drive(host, editA());
    writeFileSync(join(host.tree, 'a.conf'), 'by hand\n');
    const run = await rollback();
    expect(run?.end).toEqual({ kind: 'settled', word: 'committed' });
    expect(run?.changedSince).toEqual({
      target: join(host.tree, 'a.conf'),
      diff: `${join(host.tree, 'a.conf')}: edited\n → by hand\n`,
    });
    expect(textOfA()).toBe('by hand\n');
  });

  test('is refused under a later run that touched the same', async () => {
    await drive(host, editA());
    await drive(host, [fileChange(join(host.tree, 'a.conf'), fileState('edited\n'), 'later\n')], as(OTHER));
    await expect(rollback(RUN_ID)).rejects.toMatchObject({
      code: 'plan-refused',
      message: expect.stringContaining(`a later run, ${OTHER}, has changed file ${join(host.tree, 'a.conf')} too`),
    });
    expect((await rollback(OTHER))?.end).toEqual({ kind: 'settled', word: 'rolled-back' });
    expect((await rollback(RUN_ID))?.end).toEqual({ kind: 'settled', word: 'rolled-back' });
    expect(textOfA()).toBe('a\n');
  });

  test('has nothing to restore on a fresh host', async () => {
    expect(await rollback()).toBeUndefined();
    await expect(rollback('20200101-000000-none')).rejects.toMatchObject({ code: 'plan-refused' });
  });
});

describe('the run directory', () => {
  test('keeps the last five runs, private to root', async () => {
    let text = 'a\n';
    for (const number of [1, 2, 3, 4, 5, 6, 7]) {
      const next = `${number}\n`;
      await drive(
        host,
        [fileChange(join(host.tree, 'a.conf'), fileState(text), next)],
        as(`20261121-02000${number}-aaaa`),
      );
      text = next;
    }
    expect(runIds(host)).toEqual([3, 4, 5, 6, 7].map(number => `20261121-02000${number}-aaaa`));
    // The engine tells how it ended before it lets go.
    await expect.poll(() => existsSync(join(host.base, 'lock')), { timeout: 20_000 }).toBe(false);
    expect(readdirSync(host.base).toSorted()).toEqual(['ledger', 'lock.guard', 'runs']);
    expect(readdirSync(join(host.base, 'ledger'))).toEqual([1, 2].map(number => `20261121-02000${number}-aaaa`));
  }, 60_000);

  test('that cannot be made refuses with the reason, and nothing was changed', async () => {
    writeFileSync(host.base, 'a file is in the way');
    await expect(drive(host, editA())).rejects.toMatchObject({
      code: 'step-failed',
      message: expect.stringMatching(/nothing was changed: .*(File exists|Not a directory)/),
    });
    expect(textOfA()).toBe('a\n');
  });

  test('behind a symbolic link is refused', async () => {
    symlinkSync(host.tree, host.base);
    await expect(drive(host, editA())).rejects.toMatchObject({ message: `${host.base} is a symbolic link` });
  });
});
