import { known } from '../core/observed.ts';
import type { Fact } from './fact.ts';
import { answerText, CannotTell, needsRoot, words } from './read.ts';

export interface Service {
  /** systemd's LoadState: loaded, not-found, masked … */
  readonly loadState: string;
  readonly activeState: string;
  readonly subState: string;
  /** enabled, disabled, static, masked, or empty. */
  readonly unitFileState: string;
  /** Seconds since the epoch on the host's clock; null = not running. */
  readonly startedAtSeconds: number | null;
  /** Last change of state, a reload too; absent in recordings of versions that did not ask. */
  readonly changedAtSeconds?: number | null;
  readonly mainPid: number;
  readonly fragmentPath: string;
  readonly needDaemonReload: boolean;
  readonly restarts: number;
}
/** Unit name → state, for the units that checks and installers ask for. */
export type Services = Readonly<Record<string, Service>>;

/** What checks and installers ask for, besides every swap unit that has a file. */
export const unitNames = [
  'containerd.service',
  'kubelet.service',
  'docker.service',
  'docker.socket',
  'crio.service',
  'cri-docker.service',
  'cri-docker.socket',
  'zramswap.service',
  'firewalld.service',
  'ufw.service',
  'k3s.service',
  'k3s-agent.service',
  'rke2-server.service',
  'rke2-agent.service',
] as const;

/** Asked for even without a file: a unit whose package was removed may still run. */
const alwaysAsked = ['containerd.service', 'kubelet.service'] as const;

const optional = unitNames.filter(name => !alwaysAsked.some(always => always === name));

const directories = [
  '/etc/systemd/system',
  '/run/systemd/system',
  '/run/systemd/generator',
  '/run/systemd/generator.late',
  '/usr/local/lib/systemd/system',
  '/usr/lib/systemd/system',
  '/lib/systemd/system',
] as const;

const properties = [
  'Id',
  'LoadState',
  'ActiveState',
  'SubState',
  'UnitFileState',
  'ExecMainStartTimestamp',
  'ActiveEnterTimestamp',
  'StateChangeTimestamp',
  'MainPID',
  'FragmentPath',
  'NeedDaemonReload',
  'NRestarts',
] as const;

/**
 * All units by one `systemctl show`. A unit costs systemctl and systemd together more than a millisecond, so only those are asked for that
 * have a file. The program runs with TZ=UTC0, so time stamps are in UTC whatever the host's zone.
 */
export const services: Fact<Services> = {
  items: {
    show: {
      kind: 'sh',
      script: `[ -d /run/systemd/system ] || return 3
command -v systemctl >/dev/null || return 127
u='${alwaysAsked.join(' ')}'
for d in ${directories.join(' ')}; do
for f in ${optional.map(name => `"$d/${name}"`).join(' ')} "$d"/*.swap; do
[ -e "$f" ] || [ -L "$f" ] || continue
case " $u " in *" \${f##*/} "*) ;; *) u="$u \${f##*/}";; esac
done
done
printf 'units %s\\n' "$u"
limit systemctl show --no-pager -p ${properties.join(',')} -- $u`,
    },
  },
  parse({ show }, context) {
    if (show?.exitCode === 3) throw new CannotTell('systemd is not the init system');
    if (show?.exitCode === 127) throw new CannotTell('no systemctl');
    if (show?.exitCode === 124) throw new CannotTell('systemctl did not answer within 10 s');
    if (show?.exitCode !== 0) {
      throw context.root
        ? new CannotTell(`systemctl failed with exit code ${show?.exitCode}`)
        : needsRoot('the state of units', context);
    }
    const [, asked = '', said = ''] = /^units ([^\n]*)\n([\s\S]*)$/.exec(answerText(show)) ?? [];
    const names = words(asked);
    const blocks = said.trim().split('\n\n');
    // In the order asked for; `Id` may be another name of the same unit.
    if (blocks.length !== names.length || said === '') {
      throw new Error(`systemctl told of ${blocks.length} units, asked were ${names.length}`);
    }
    const found = names.map((name, index) => [name, parseUnit(blocks[index] ?? '')] as const);
    return known({ ...Object.fromEntries(unitNames.map(name => [name, notFound])), ...Object.fromEntries(found) });
  },
};

const notFound: Service = {
  loadState: 'not-found',
  activeState: 'inactive',
  subState: 'dead',
  unitFileState: '',
  startedAtSeconds: null,
  mainPid: 0,
  fragmentPath: '',
  needDaemonReload: false,
  restarts: 0,
};

export const parseUnit = (block: string): Service => {
  const values = new Map(
    block.split('\n').map(line => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const),
  );
  const text = (property: (typeof properties)[number]): string => values.get(property) ?? '';
  const loadState = text('LoadState');
  if (loadState === '') throw new Error('systemctl named no LoadState');
  const mainPid = Number(text('MainPID') || '0');
  const isActive = ['active', 'reloading', 'deactivating'].includes(text('ActiveState'));
  const started = mainPid > 0 ? text('ExecMainStartTimestamp') : isActive ? text('ActiveEnterTimestamp') : '';
  return {
    loadState,
    activeState: text('ActiveState'),
    subState: text('SubState'),
    unitFileState: text('UnitFileState'),
    startedAtSeconds: parseTimestamp(started),
    ...(values.has('StateChangeTimestamp') ? { changedAtSeconds: parseTimestamp(text('StateChangeTimestamp')) } : {}),
    mainPid,
    fragmentPath: text('FragmentPath'),
    needDaemonReload: text('NeedDaemonReload') === 'yes',
    restarts: Number(text('NRestarts') || '0'),
  };
};

/** `Sat 2026-11-21 03:40:54 UTC`; empty = never. */
export const parseTimestamp = (text: string): number | null => {
  const [, date, time] = /^(?:\w{3} )?(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.\d+)? UTC$/.exec(text) ?? [];
  if (date !== undefined && time !== undefined) return Date.parse(`${date}T${time}Z`) / 1000;
  if (text === '' || text === 'n/a' || text === '0') return null;
  throw new Error(`time stamp ${JSON.stringify(text)}`);
};
