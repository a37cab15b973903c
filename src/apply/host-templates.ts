import { readFileSync } from 'node:fs';

const kinds = [
  'file',
  'directory',
  'package-apt',
  'bundle-apt',
  'repository-apt',
  'rpm',
  'bundle-rpm',
  'package-dnf',
  'package-zypper',
  'repository-rpm',
  'hold',
  'service',
  'module',
  'sysctl',
  'swap',
  'cgroup-roots',
  'docker',
  'sandboxes',
  'archive',
  'archive-removal',
  'image',
  'empty-node',
  'pause',
  'stage',
  'reset',
] as const;

const read = (name: string): string =>
  readFileSync(new URL(`../../templates/host/${name}.sh`, import.meta.url), 'utf8');

/** The sh programs of templates/host, put together. */
export interface HostTemplates {
  /** The whole engine.sh of a run directory. */
  readonly engine: string;
  /** What sessions of the control side are made of. */
  readonly session: string;
  /** What sessions that make or try a bundle need besides. */
  readonly bundle: string;
  /** What a session that removes data of runtimes needs besides. */
  readonly purge: string;
  /** What a session that looks at what a reset would take back needs besides: the engine, which is not started. */
  readonly steps: string;
}

export const readHostTemplates = (): HostTemplates => ({
  engine: `${['library', 'lock', ...kinds, 'engine'].map(read).join('\n')}\nengine "$@"\n`,
  purge: read('purge'),
  steps: [...kinds, 'engine'].map(read).join('\n'),
  bundle: [
    ...[
      'hold',
      'package-apt',
      'repository-apt',
      'archive',
      'stage',
      'bundle-apt',
      'rpm',
      'package-dnf',
      'package-zypper',
      'repository-rpm',
      'bundle-rpm',
    ],
    ...['collect', 'collect-rpm'],
  ]
    .map(read)
    .join('\n'),
  session: ['library', 'lock', 'follow', 'launch', 'ledger', 'describe', 'staged', 'receive'].map(read).join('\n'),
});
