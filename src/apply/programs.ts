import type { DesiredKey } from '../core/desired.ts';
import type { PackageManager } from '../core/package-manager.ts';
import { quote, quoteAll } from '../core/shell.ts';
import type { CompiledRound, RunFile } from './compile.ts';
import type { HostTemplates } from './host-templates.ts';

/** Who works on the host, and where. */
export interface RunIdentity {
  readonly runId: string;
  /** `ops@ci-7`; named to others who find the lock. */
  readonly holder: string;
  /** UID of the namespace kube-system of the cluster that the host is a node of; kept with the run, so that a later one knows it. */
  readonly cluster?: string;
}

export interface HostSettings {
  /** Root of everything nodeprep keeps on a host; another one only in tests. */
  readonly base: string;
  /** `/proc/sys`; another one only in tests. */
  readonly procSys: string;
  /** `/sys/fs/cgroup`; another one only in tests. */
  readonly cgroups: string;
  /** `/run`, where runtimes have their sockets; another one only in tests. */
  readonly run: string;
  /** `/etc/systemd/system`; another one only in tests. */
  readonly units: string;
  /** How long a hold waits for the control side before it reverts. */
  readonly holdSeconds: number;
  /** The same while the node is drained: longer than the drain may take. */
  readonly drainedSeconds: number;
  /** The same while its last sandboxes are removed. */
  readonly sandboxesSeconds: number;
  /** How long a holder's stamp is watched for a sign of life (design 3.7). */
  readonly watchSeconds: number;
}

export const defaultHostSettings: HostSettings = {
  base: '/var/lib/nodeprep',
  procSys: '/proc/sys',
  cgroups: '/sys/fs/cgroup',
  run: '/run',
  units: '/etc/systemd/system',
  // A slow host takes most of two minutes to be looked at, and as long to start sandboxes.
  holdSeconds: 300,
  // The default drain.timeout of an inventory, and five minutes.
  drainedSeconds: 900,
  sandboxesSeconds: 300,
  watchSeconds: 6,
};

const runIdShape = /^[A-Za-z0-9][A-Za-z0-9-]{0,80}$/;
const checkedRunId = (runId: string): string => {
  if (!runIdShape.test(runId)) throw new Error(`not a run id: ${JSON.stringify(runId.slice(0, 80))}`);
  return runId;
};

/** Such names come from elsewhere; the lock is one line per key. */
const oneWord = (text: string): string => text.replace(/[^\x21-\x7e]/g, '_').slice(0, 120);

/** A function that is called on the last line: a cut transfer runs nothing (see `Connection.start`). */
const program = (templates: HostTemplates, settings: HostSettings, identity: RunIdentity, body: string): string =>
  `nodeprep_program() {
${templates.session}
BASE=${quote(settings.base)}
WATCH_SECONDS=${settings.watchSeconds}
RUN_ID=${checkedRunId(identity.runId)}
HOLDER=${quote(oneWord(identity.holder))}
${body}
}
nodeprep_program; exit
`;

const base64Lines = (text: string): string =>
  Buffer.from(text, 'utf8')
    .toString('base64')
    .replace(/.{1,76}/g, '$&\n');

const placeFiles = (files: readonly RunFile[], directories: readonly string[]): string =>
  `place_files() {
mkdir -p ${directories.map(directory => `"$PLACE"/${quote(directory)}`).join(' ')} 2>"$PLACE/.problem" || place_failed
${files.map(file => `unpack ${quote(file.path)} <<'NODEPREP'\n${base64Lines(file.text)}NODEPREP\n`).join('')}}`;

const indexFile = (text: string): RunFile => ({ path: 'bundle/Packages', text });

/** Those of rpm are told which manager brings them packages. */
const ofManager = (manager: PackageManager, name: string): string =>
  manager === 'apt' ? name : `MANAGER=${manager}; rpm_${name}`;

const collectBody = ({ manager, sources, packages }: ToCollect): string => {
  const of = (name: string): string => ofManager(manager, name);
  const keys = sources.flatMap(({ name, key }) =>
    key.from === 'file' ? [{ path: `key-${name}`, text: key.text }] : [],
  );
  return [
    `collect_begin ${manager === 'apt' ? 'apt-get dpkg-deb sha256sum base64' : `${manager} rpm rpmkeys gzip sha256sum base64`}`,
    placeFiles(keys, ['.']),
    'place_files',
    of('collect_open'),
    ...sources.map(source => {
      const { name, fingerprint, key } = source;
      const from = key.from === 'url' ? [key.url, '-'] : ['-', `key-${name}`];
      const where =
        manager === 'apt' ? [source.url, source.suite, source.components.join(' ')] : [source.urls.join(' ')];
      return `${of('collect_repository')} ${quoteAll([name, ...where, fingerprint, ...from])}`;
    }),
    of('collect_update'),
    ...packages.map(({ name, range, isOptional = false }) => {
      const take = `${of('collect_package')} ${quoteAll([name, range ?? '-'])}`;
      return isOptional ? `if ${of('collect_offered')} ${quoteAll([name])}; then ${take}; fi` : take;
    }),
    of('collect_send'),
  ].join('\n');
};

/** What the engine of a run is told. */
export const settingsFile = (
  settings: HostSettings,
  identity: RunIdentity,
  { auto = false, staged = '', staging = false, reset = false }: LaunchOptions & EngineSort = {},
): RunFile => ({
  path: 'settings',
  text: [
    `RUN_ID=${checkedRunId(identity.runId)}`,
    `BASE=${quote(settings.base)}`,
    `PROC_SYS=${quote(settings.procSys)}`,
    `CGROUP_DIR=${quote(settings.cgroups)}`,
    `RUN_DIR=${quote(settings.run)}`,
    `UNIT_DIR=${quote(settings.units)}`,
    `HOLDER=${quote(oneWord(identity.holder))}`,
    `HOLD_SECONDS=${settings.holdSeconds}`,
    `DRAINED_SECONDS=${settings.drainedSeconds}`,
    `SANDBOXES_SECONDS=${settings.sandboxesSeconds}`,
    `AUTO=${auto ? 'yes' : 'no'}`,
    `STAGED=${quote(staged)}`,
    ...(staging ? ['STAGING=yes'] : []),
    ...(reset ? ['RESET=yes'] : []),
    '',
  ].join('\n'),
});

/** What the engine is there for, where it is not a run of changes. */
interface EngineSort {
  readonly staging?: boolean;
  readonly reset?: boolean;
}

export interface LaunchOptions {
  /** It answers its own holds. */
  readonly auto?: boolean;
  /** Packages come from what is staged, which must be this: sha256 of its list of sums. */
  readonly staged?: string;
  /** Packages come from a bundle: the index of those that it has for this host (deb822), which is the only source then. */
  readonly packages?: string;
}

/** A package source of upstream, with the key that it is signed with. */
export interface SourceToRead {
  readonly name: string;
  readonly url: string;
  readonly suite: string;
  readonly components: readonly string[];
  /** As dnf has them: one for each component. */
  readonly urls: readonly string[];
  readonly fingerprint: string;
  readonly key: DesiredKey;
}

export interface ToCollect {
  readonly manager: PackageManager;
  readonly sources: readonly SourceToRead[];
  readonly packages: readonly {
    readonly name: string;
    readonly range: string | null;
    /** Taken where it is on offer. */
    readonly isOptional?: boolean;
  }[];
}

export interface ToTry {
  readonly manager: PackageManager;
  readonly architecture: string;
  /** As in `LaunchOptions.packages`. */
  readonly index: string;
  readonly packages: readonly { readonly name: string; readonly version: string }[];
}

export interface HostPrograms {
  /** Places a run, starts its engine detached and follows it. */
  launch(identity: RunIdentity, rounds: readonly CompiledRound[], options?: LaunchOptions): string;
  /** The same, for what of a round can be done in advance; `plan` is kept with it. */
  stage(identity: RunIdentity, round: CompiledRound, plan: string): string;
  /** Takes a file over standard input, for the archives of the next round. */
  receive(identity: RunIdentity, sha256: string, bytes: number): string;
  /** Whether the host has a program that fetches from there: says `fetch yes` or `fetch no`. */
  canFetch(identity: RunIdentity, url: string): string;
  /** Which packages of an index a host needs for these: `need NAME VERSION` of each and `end`, or `lacks NAME WHY`. Changes nothing. */
  tryPackages(identity: RunIdentity, toTry: ToTry): string;
  /** Sends packages with all that they need, from the sources of a host and others. Changes nothing but a temporary directory. */
  collect(identity: RunIdentity, toCollect: ToCollect): string;
  /** What is staged. */
  inspectStaged(identity: RunIdentity): string;
  /** Adds the next round to a run that waits at the end of a round. */
  placeRound(identity: RunIdentity, number: number, round: CompiledRound): string;
  /** Reads on after a lost connection; `seen` journal lines are known. */
  follow(identity: RunIdentity, seen: number): string;
  /** Takes over a run that nobody drives: its holds are answered with revert; reads on to its end. */
  takeOver(identity: RunIdentity, runId: string): string;
  /** Settles an interrupted run, or takes a committed one back, with that run's own engine. */
  workOn(mode: 'recover' | 'rollback', identity: RunIdentity, runId: string): string;
  /** Removes what runtimes that serve no more have kept: says `purged PATH LEFT` or `kept PATH WHY` of each, and `end`. */
  purge(identity: RunIdentity, data: readonly { readonly owner: string; readonly path: string }[]): string;
  /** Says what a reset would take back, and what of it stays; changes nothing. */
  lookBack(identity: RunIdentity): string;
  /** Takes back what all runs have changed, if that is what `seal` was said of; places, starts and follows it like a run. */
  launchReset(identity: RunIdentity, seal: string): string;
  /** Lists the runs with their states and manifests. */
  describe(identity: RunIdentity): string;
  /** The files of a run's steps as the run left them and as they are now. */
  inspect(identity: RunIdentity, runId: string, step: string): string;
}

/** Every program the control side sends to a host. Pure text. */
export const hostPrograms = (templates: HostTemplates, settings: HostSettings = defaultHostSettings): HostPrograms => {
  const make = (identity: RunIdentity, body: string) => program(templates, settings, identity, body);
  const engineFiles = (identity: RunIdentity, options?: Parameters<typeof settingsFile>[2]): readonly RunFile[] => [
    { path: 'engine.sh', text: templates.engine },
    settingsFile(settings, identity, options),
    ...(identity.cluster === undefined ? [] : [{ path: 'cluster', text: `${oneWord(identity.cluster)}\n` }]),
  ];
  return {
    launch(identity, rounds, options) {
      const index = options?.packages === undefined ? [] : [indexFile(options.packages)];
      const files = [...engineFiles(identity, options), ...index, ...rounds.flatMap(round => round.files)];
      const directories = [
        ...rounds.map(round => `rounds/${round.manifest.round}`),
        ...(index.length > 0 ? ['bundle'] : []),
      ];
      return make(identity, `${placeFiles(files, directories)}\nlaunch_run run`);
    },
    stage(identity, round, plan) {
      const files = [
        ...engineFiles(identity, { staging: true }),
        ...round.files,
        { path: 'staged/plan.json', text: plan },
      ];
      return make(identity, `${placeFiles(files, ['rounds/1', 'staged'])}\nlaunch_run stage`);
    },
    receive: (identity, sha256, bytes) => make(identity, `receive ${quote(sha256)} ${bytes}`),
    canFetch: (identity, url) => make(identity, `can_fetch ${quote(url)}`),
    tryPackages(identity, { manager, architecture, index, packages }) {
      const words = quoteAll([architecture, ...packages.flatMap(({ name, version }) => [name, version])]);
      const place = placeFiles([indexFile(index)], ['bundle']);
      return make(identity, `${templates.bundle}\n${place}\n${ofManager(manager, 'bundle_needs')} ${words}`);
    },
    collect: (identity, toCollect) => make(identity, `${templates.bundle}\n${collectBody(toCollect)}`),
    inspectStaged: identity => make(identity, 'inspect_staged'),
    placeRound: (identity, number, round) =>
      make(identity, `${placeFiles(round.files, [`rounds/${number}`])}\nplace_round ${number}`),
    follow: (identity, seen) => make(identity, `follow ${checkedRunId(identity.runId)} ${seen}`),
    takeOver: (identity, runId) => make(identity, `take_over ${checkedRunId(runId)} 0`),
    workOn: (mode, identity, runId) => make(identity, `work_on ${mode} ${checkedRunId(runId)}`),
    purge: (identity, data) =>
      make(
        identity,
        `${templates.purge}\nRUN_DIR=${quote(settings.run)}\npurge_data ${quoteAll(data.flatMap(({ owner, path }) => [owner, path]))}`,
      ),
    lookBack: identity => make(identity, `${templates.steps}\n${settingsFile(settings, identity).text}look_back`),
    launchReset(identity, seal) {
      const place = placeFiles(engineFiles(identity, { reset: true }), ['.']);
      return make(identity, `${place}\nlaunch_reset ${quote(seal)}`);
    },
    describe: identity => make(identity, 'describe_runs'),
    inspect: (identity, runId, step) => {
      if (!/^\d+-\d+$/.test(step)) throw new Error(`not a step: ${JSON.stringify(step)}`);
      return make(identity, `inspect_file ${checkedRunId(runId)} ${step}`);
    },
  };
};
