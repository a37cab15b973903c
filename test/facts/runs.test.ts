import { describe, expect, test } from 'vitest';
import { known, unknown } from '../../src/core/observed.ts';
import { lastClusterOf, runs } from '../../src/facts/runs.ts';
import { answer, asRoot, asUser, files, knownValue, unreadable } from './answers.ts';

const boot = '52e8867d-1159-4c0b-ba83-2de025d348b1';
const bootFile = { '/proc/sys/kernel/random/boot_id': `${boot}\n` };
const settings = 'RUN_ID=20261121-021405-k3f9\nBASE=/var/lib/nodeprep\nHOLDER=ops@ci-7\nHOLD_SECONDS=120\nAUTO=no\n';
/** As the host program of a container node wrote it. */
const journal = `1 1795234199 start - mode=run holder=ops@ci-7
2 1795234199 guarded - round 1
3 1795234199 phase - stage
4 1795234199 begin 1-1 
5 1795234199 done 1-1 
6 1795234199 begin 1-2 
7 1795234199 done 1-2 
8 1795234199 hold round-1 deadline=120
9 1795234200 answer round-1 verify
10 1795234200 hold verify deadline=120
11 1795234200 answer verify commit
`;

const parse = (found: Parameters<typeof files>[0], process = '', context = asRoot) =>
  knownValue(runs.parse({ files: files({ ...bootFile, ...found }), process: answer(process) }, context));

const run = (text: string) => ({
  '/var/lib/nodeprep/runs/20261121-021405-k3f9/settings': settings,
  '/var/lib/nodeprep/runs/20261121-021405-k3f9/journal': text,
});

describe('runs', () => {
  test('none where nodeprep never was, for users too', () => {
    expect(parse({}, '', asUser)).toEqual({ runs: [], lock: undefined });
  });

  test.each([
    ['', 'unfinished'],
    ['12 1795234200 settle - committed\n', 'committed'],
    ['12 1795234200 settle - partial\n', 'partial'],
    ['12 1795234200 settle - reverted\n', 'reverted'],
    ['12 1795234200 settle - committed\n13 1795234300 rollback - holder=x\n', 'unfinished'],
    ['12 1795234200 settle - committed\n13 1 rollback - holder=x\n14 1 settle - rolled-back\n', 'rolled-back'],
    ['12 1795234200 settle - comm', 'unfinished'],
    ['12 1795234200 settle - committed\u0018\n', 'unfinished'],
    ['12 1795234200 settle - whatever\n', 'unfinished'],
  ])('journal that ends with %j is %s', (end, state) => {
    const record = { runId: '20261121-021405-k3f9', holder: 'ops@ci-7', startedAtSeconds: 1795234199, changes: 2 };
    expect(parse(run(journal + end)).runs).toEqual([{ ...record, state }]);
  });

  test('a run that was killed before its first word is unfinished since its id was made', () => {
    expect(parse(run('')).runs).toMatchObject([
      { state: 'unfinished', startedAtSeconds: Date.UTC(2026, 10, 21, 2, 14, 5) / 1000, changes: 0 },
    ]);
  });

  describe('the cluster that the host is a node of', () => {
    const at = (runId: string, startedAtSeconds: number, uid?: string) => ({
      [`/var/lib/nodeprep/runs/${runId}/settings`]: settings,
      [`/var/lib/nodeprep/runs/${runId}/journal`]: `1 ${startedAtSeconds} start - x\n2 1 settle - committed\n`,
      ...(uid === undefined ? {} : { [`/var/lib/nodeprep/runs/${runId}/cluster`]: `${uid}\n` }),
    });
    const lastOf = (...found: readonly ReturnType<typeof at>[]) =>
      lastClusterOf(known(parse(Object.assign({}, ...found))));

    test('stands with the run that knew it', () => {
      expect(parse(at('r-1', 5, 'b01f')).runs).toMatchObject([{ runId: 'r-1', cluster: 'b01f' }]);
    });

    test('is that of the last run that knew one', () => {
      expect(lastOf(at('r-2', 9, 'new'), at('r-1', 5, 'old'), at('r-3', 11))).toEqual({ runId: 'r-2', uid: 'new' });
    });

    test('is not known where no run knew it, and where runs cannot be read', () => {
      expect(lastOf(at('r-1', 5))).toBeUndefined();
      expect(lastClusterOf(unknown('needs root'))).toBeUndefined();
    });
  });

  test('units that a run has stopped and not started again', () => {
    const paused = {
      '/var/lib/nodeprep/paused/kubelet.service': 'r-1 /etc/systemd/system/kubelet.service.d\n',
      '/var/lib/nodeprep/paused/containerd.service': 'r-1 \n',
    };
    expect(parse(paused).paused).toEqual([
      { unit: 'kubelet.service', runId: 'r-1' },
      { unit: 'containerd.service', runId: 'r-1' },
    ]);
  });

  test('a run that was refused tells nothing', () => {
    expect(parse(run('1 1 start - x\n2 1 mismatch 1-1 changed\n3 1 settle - unchanged\n')).runs).toEqual([]);
  });

  test('staging that was killed in the middle tells nothing: it changes nothing', () => {
    const started = run('1 1 start - mode=stage holder=x\n');
    const [at = ''] = Object.keys(started);
    expect(parse({ ...started, [at]: `${settings}STAGING=yes\n` }).runs).toEqual([]);
  });

  test.each([
    ['S 4711', boot, true],
    ['Z 4711', boot, false],
    ['S 4712', boot, false],
    ['', boot, false],
    ['S 4711', 'another boot', false],
  ])('lock of process %j in boot %s', (process, lockBoot, alive) => {
    const lock = `run=r-1\npid=77\nstart=4711\nboot=${lockBoot}\nsince=1795234199\nholder=ops@ci-7\n`;
    expect(parse({ '/var/lib/nodeprep/lock': lock }, process).lock).toEqual({
      runId: 'r-1',
      holder: 'ops@ci-7',
      alive,
    });
  });

  test('what only root can read is unknown for others, never empty', () => {
    expect(() => parse({ '/var/lib/nodeprep/lock': unreadable }, '', asUser)).toThrow('needs root');
  });
});
