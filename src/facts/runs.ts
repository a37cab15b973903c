import { known, type Observed } from '../core/observed.ts';
import type { Fact } from './fact.ts';
import { decodeFiles } from './files.ts';
import { answerText, linesOf, readFile, refuseUnreadable, words } from './read.ts';

/** What earlier nodeprep runs left under /var/lib/nodeprep (needs root). */
export interface Runs {
  readonly runs: readonly RunRecord[];
  /** Holder of the host lock, alive or stale; undefined = free. */
  readonly lock: { readonly runId: string; readonly holder: string; readonly alive: boolean } | undefined;
  /** Units that a run stopped and that nobody can start before it is settled; absent: none. */
  readonly paused?: readonly PausedUnit[];
  /** The run of whoever looks, which is not among `runs` then. */
  readonly atWork?: string;
}
export interface PausedUnit {
  readonly unit: string;
  readonly runId: string;
}
export interface RunRecord {
  readonly runId: string;
  /** unfinished: the journal has no settle entry. partial: a revert that could not undo everything. */
  readonly state: 'committed' | 'reverted' | 'partial' | 'rolled-back' | 'unfinished';
  readonly holder: string;
  /** Seconds since the epoch. */
  readonly startedAtSeconds: number;
  readonly changes: number;
  /** UID of the cluster that the host was a node of; absent: of none that the inventory named. */
  readonly cluster?: string;
}

/** Work that was interrupted, or is at work right now. */
export const hasUnfinishedRun = (runs: Observed<Runs>): boolean =>
  runs.known && runs.value.runs.some(({ state }) => state === 'unfinished');

/** The cluster that the host was last changed as a node of, with the run that says so. */
export const lastClusterOf = (runs: Observed<Runs>): { readonly runId: string; readonly uid: string } | undefined =>
  (runs.known ? runs.value.runs : [])
    .flatMap(({ runId, startedAtSeconds, cluster }) =>
      cluster === undefined ? [] : [{ runId, startedAtSeconds, cluster }],
    )
    .toSorted((left, right) => left.startedAtSeconds - right.startedAtSeconds)
    .map(({ runId, cluster }) => ({ runId, uid: cluster }))
    .at(-1);

const base = '/var/lib/nodeprep';

/** The lock names a process by pid and start time; `state start` of that pid, or nothing. */
const lockProcess = `pid=
while IFS='=' read -r key value; do [ "$key" = pid ] && pid=$value; done <${base}/lock
case $pid in ''|*[!0-9]*) return 0;; esac
IFS= read -r line <"/proc/$pid/stat" || return 0
line=\${line##*) }
set -- $line
echo "$1 \${20}"`;

/** Written by the host program (templates/host/engine.sh, lock.sh); a directory that is not there means no runs. */
export const runs: Fact<Runs> = {
  items: {
    files: {
      kind: 'files',
      paths: [
        `${base}/lock`,
        ...['journal', 'settings', 'cluster'].map(name => `${base}/runs/*/${name}`),
        `${base}/paused/*`,
        '/proc/sys/kernel/random/boot_id',
      ],
    },
    process: { kind: 'sh', script: `[ -r ${base}/lock ] || return 0\n${lockProcess}` },
  },
  parse(answers, context) {
    const files = decodeFiles(answers.files);
    refuseUnreadable(files, context);
    const text = (path: string) => readFile(files, path, context);
    const ids = [...files.keys()].flatMap(path => /\/runs\/([A-Za-z0-9-]+)\/settings$/.exec(path)?.[1] ?? []);
    const lock = parseLock(
      text(`${base}/lock`) ?? '',
      text('/proc/sys/kernel/random/boot_id'),
      answerText(answers.process),
    );
    const records = ids.map(id => {
      const file = (name: string) => text(`${base}/runs/${id}/${name}`)?.trim() ?? '';
      const cluster = file('cluster');
      const run = parseRun(id, file('journal'), file('settings'));
      return cluster === '' ? run : { ...run, cluster };
    });
    // `RUN DIRECTORY` (templates/host/pause.sh).
    const paused = [...files.keys()].flatMap((path): PausedUnit[] => {
      const unit = /\/paused\/([\w@.:-]+)$/.exec(path)?.[1];
      return unit === undefined ? [] : [{ unit, runId: words(text(path) ?? '')[0] ?? '' }];
    });
    return known({ runs: records.filter(isTelling), lock, ...(paused.length === 0 ? {} : { paused }) });
  },
};

const parseLock = (text: string, bootId: string | undefined, process: string): Runs['lock'] => {
  const value = (key: string) => new RegExp(`^${key}=(.*)$`, 'm').exec(text)?.[1] ?? '';
  if (value('run') === '') return undefined;
  const [state = 'gone', start] = words(process);
  const alive = bootId?.trim() === value('boot') && !/^[ZXx]$/.test(state) && start === value('start');
  return { runId: value('run'), holder: value('holder'), alive };
};

interface ParsedRun extends Omit<RunRecord, 'state'> {
  readonly state: RunRecord['state'] | 'unchanged';
}

/** A run whose guards did not hold has changed nothing and tells nothing. */
const isTelling = (run: ParsedRun): run is RunRecord => run.state !== 'unchanged';

const settled = ['committed', 'reverted', 'partial', 'rolled-back', 'unchanged'] as const;

/** A reset leaves nothing that a run stands for. */
const settledAs = (word: string | undefined): ParsedRun['state'] =>
  word === 'reset' ? 'unchanged' : (settled.find(known => known === word) ?? 'unfinished');

const parseRun = (runId: string, journal: string, settings: string): ParsedRun => {
  let state: ParsedRun['state'] = 'unfinished';
  let startedAtSeconds = 0;
  const done = new Set<string>();
  for (const line of linesOf(journal)) {
    // A line that was cut ends with a control character.
    const [, epoch, event, step, detail] = /^\d+ (\d+) ([a-z]+) (\S+) ?([^\u0000-\u001f]*)$/.exec(line) ?? [];
    if (epoch === undefined || step === undefined) continue;
    startedAtSeconds ||= Number(epoch);
    if (event === 'done') done.add(step);
    if (event === 'rollback') state = 'unfinished';
    if (event === 'settle') state = settledAs(detail?.trim());
  }
  // Staging changes nothing: there is nothing to settle, however it ended.
  if (/^STAGING=yes$/m.test(settings)) state = 'unchanged';
  const holder = /^HOLDER='?([^'\n]*)'?$/m.exec(settings)?.[1] ?? '';
  return { runId, state, holder, startedAtSeconds: startedAtSeconds || timeOf(runId), changes: done.size };
};

/** A run that was killed before its first word: its id begins with the time, `20261121-021405-k3f9`. */
const timeOf = (runId: string): number => {
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)/.exec(runId) ?? [];
  const milliseconds = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(milliseconds) ? 0 : milliseconds / 1_000;
};
