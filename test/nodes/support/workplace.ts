import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { IDENTITY_FILE, type LabNode } from '../../lab/index.ts';
import { type CliOptions, type CliRun, ensureBuilt, nodeprep, nodeprepJson } from './cli.ts';

type Mapping = Readonly<Record<string, unknown>>;

/** A directory from which an operator works: inventory, known_hosts, plans. */
export interface Workplace {
  readonly directory: string;
  readonly knownHosts: string;
  path(name: string): string;
  /** Writes an inventory and gives its path. Settings that the lab needs are there; `top` adds or replaces whole keys. */
  inventory(name: string, hosts: Readonly<Record<string, Mapping>>, top?: Mapping): string;
  run(args: readonly string[], options?: Omit<CliOptions, 'directory'>): ReturnType<typeof nodeprep>;
  json(args: readonly string[], options?: Omit<CliOptions, 'directory'>): Promise<CliRun>;
  remove(): void;
}

export const openWorkplace = async (): Promise<Workplace> => {
  await ensureBuilt();
  const directory = mkdtempSync(join(tmpdir(), 'nodeprep-work-'));
  const path = (name: string): string => join(directory, name);
  mkdirSync(path('.ssh'), { mode: 0o700 });
  return {
    directory,
    knownHosts: path('.ssh/known_hosts'),
    path,
    inventory: (name, hosts, top = {}) => {
      const file = path(`${name}.yaml`);
      // JSON is YAML.
      writeFileSync(file, JSON.stringify({ ...labSettings, hosts, ...top }, null, 2));
      return file;
    },
    run: (args, options = {}) => nodeprep(args, { ...options, directory }),
    json: (args, options = {}) => nodeprepJson(args, { ...options, directory }),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
};

export const labSsh = { user: 'ops', identityFile: IDENTITY_FILE, hostKeys: 'accept-new' } as const;

const labSettings = {
  kubernetes: { version: '1.34' },
  defaults: { ssh: labSsh },
  // This machine may bind the controllers to cgroup v1, where no v2 node can have them.
  waivers: [
    { check: 'cgroup-controllers', owner: 'lab@example.com', reason: 'container nodes', expires: '2099-12-31' },
  ],
};

export const at = ({ address }: LabNode, settings: Mapping = {}): Mapping => ({ address, ...settings });
