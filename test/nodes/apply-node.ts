import { createHash } from 'node:crypto';
import type { HostRunEvent } from '../../src/apply/host-run.ts';
import { readHostTemplates } from '../../src/apply/host-templates.ts';
import { defaultHostSettings, type HostPrograms, type HostSettings, hostPrograms } from '../../src/apply/programs.ts';
import { recoverHost } from '../../src/apply/recover.ts';
import { type HostRun, type RunHostOptions, runHost } from '../../src/apply/run-host.ts';
import type { Change, FileChange, PackageChange, PathState, ServiceChange } from '../../src/changes/change.ts';
import type { Connection } from '../../src/connect/connection.ts';
import { localConnection } from '../apply/local-connection.ts';
import { type LabNode, sshArgs } from '../lab/index.ts';

/** Sessions by the ssh client as root: what is tested here is the host program, not our SSH. */
export const connectNode = (node: Pick<LabNode, 'address'>): Connection =>
  localConnection({ command: 'ssh', args: ['-T', '-o', 'BatchMode=yes', ...sshArgs('root', node.address), 'sh'] });

export const programsFor = (settings: Partial<HostSettings> = {}): HostPrograms =>
  hostPrograms(readHostTemplates(), { ...defaultHostSettings, ...settings });

let runs = 0;
export const nextRunId = (): string => {
  runs += 1;
  return `20261121-020000-${String(runs).padStart(4, '0')}`;
};

export const driveNode = (
  node: Pick<LabNode, 'address'>,
  changes: readonly Change[],
  options: Partial<RunHostOptions> = {},
): Promise<HostRun> => {
  const connection = connectNode(node);
  return runHost({
    open: async () => connection,
    programs: programsFor(),
    identity: { runId: nextRunId(), holder: 'ops@test' },
    settle: 'nodeprep recover inventory.yaml',
    firstRound: changes,
    replan: async () => changes,
    afterRound: async () => ({ kind: 'verify' }),
    verify: async () => ({ ok: true }),
    onEvent: () => undefined,
    signal: new AbortController().signal,
    ...options,
  });
};

export const notes = (into: string[]) => (event: HostRunEvent) => {
  if (event.kind === 'entry' && event.entry.event === 'note') into.push(event.entry.detail);
};

const common = { summary: 'a test', because: 'a test', disruption: 'none', reversible: true, phase: 'stage' } as const;

export const packageChange = (name: string, rest: Partial<PackageChange> = {}): PackageChange => ({
  ...common,
  kind: 'package',
  id: `package:${name}`,
  target: name,
  manager: 'apt',
  name,
  version: null,
  range: null,
  before: null,
  holds: [],
  ...rest,
});

export const serviceChange = (
  unit: string,
  before: ServiceChange['before'],
  rest: Partial<ServiceChange>,
): ServiceChange => ({
  ...common,
  kind: 'service',
  id: `service:${unit}`,
  target: unit,
  unit,
  before,
  phase: 'resume',
  ...rest,
});

export const nodeFile = (
  path: string,
  before: string | undefined,
  text: string,
  rest: Partial<FileChange> = {},
): FileChange => ({
  ...common,
  kind: 'file',
  id: `file:${path}`,
  target: path,
  path,
  before: stateOf(before),
  after: { state: 'file', text, mode: '0644', uid: 0, gid: 0 },
  phase: 'switch',
  ...rest,
});

const stateOf = (text: string | undefined): PathState =>
  text === undefined
    ? { state: 'absent' }
    : { state: 'file', sha256: createHash('sha256').update(text).digest('hex'), mode: '0644', uid: 0, gid: 0 };

/** Everything a run may change, in one text: files of /etc with content, packages, marks, holds, units. */
export const nodeState = (node: LabNode): Promise<string> =>
  node.sh(`cd /
    find etc -xdev ! -name '*~' ! -path etc/ld.so.cache ! -path 'etc/ssl/certs/*' -printf '%p %y %m %U %G %l\\n' | sort
    find etc -xdev -type f ! -name '*~' ! -path etc/ld.so.cache -exec sha256sum {} + | sort -k 2
    dpkg-query -W -f '\${Package} \${Version} \${db:Status-Want} \${db:Status-Status}\\n' | grep -v ' config-files$'
    apt-mark showauto | sort
    find var/lib/systemd/deb-systemd-helper-enabled var/lib/systemd/deb-systemd-helper-masked 2>/dev/null | sort
    systemctl list-unit-files --no-pager --no-legend | grep -v '^nodeprep-' | tr -s ' ' | sort`);

export const describeUnit = (node: LabNode, unit: string): Promise<string> =>
  node.sh(`systemctl show ${unit} -p LoadState,ActiveState,UnitFileState --value | tr '\\n' ' '`);

export const recoverNode = (
  node: Pick<LabNode, 'address'>,
  onEvent: (event: HostRunEvent) => void = () => undefined,
) => {
  const connection = connectNode(node);
  return recoverHost({
    open: async () => connection,
    programs: programsFor(),
    identity: { runId: nextRunId(), holder: 'ops@later' },
    settle: 'nodeprep recover inventory.yaml',
    onEvent,
    signal: new AbortController().signal,
  });
};
