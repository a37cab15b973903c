import type { CommandContext, CommonOptions } from '../../src/commands/context.ts';
import { unknown } from '../../src/core/observed.ts';
import { factIds, type ObservedFacts } from '../../src/facts/index.ts';
import type { Inventory, InventoryHost } from '../../src/inventory/inventory.ts';
import { resolveHosts, resolveInventory } from '../../src/inventory/resolve.ts';

export interface TestContext extends CommandContext {
  readonly written: { out: string; err: string };
}

/** A context that keeps what is written; nobody sits at its terminal. */
export const testContext = (over: Partial<CommandContext> = {}): TestContext => {
  const written = { out: '', err: '' };
  return {
    toolVersion: '0.0.0-test',
    env: {},
    stdout: text => {
      written.out += text;
    },
    stderr: text => {
      written.err += text;
    },
    stdoutIsTerminal: false,
    stderrIsTerminal: false,
    stdinIsTerminal: false,
    columns: undefined,
    signal: new AbortController().signal,
    ...over,
    written,
  };
};

export const commonOptions: CommonOptions = {
  output: 'human',
  limit: undefined,
  parallel: 4,
  quiet: true,
  verbose: false,
};

/** Hosts as a minimal inventory gives them; their addresses are never used. */
export const hostsNamed = (...names: readonly string[]): readonly InventoryHost[] =>
  resolveHosts(
    { hosts: Object.fromEntries(names.map((name, index) => [name, { address: `192.0.2.${index + 1}` }])) },
    { currentUser: 'ops' },
  );

export const hostNamed = (name: string): InventoryHost => {
  const [host] = hostsNamed(name);
  if (host === undefined) throw new Error(`${name} is no host name`);
  return host;
};

export const inventoryOf = (hosts: readonly InventoryHost[], sha256 = 'a'.repeat(64)): Inventory => ({
  ...resolveInventory({ hosts: {} }, { currentUser: 'ops' }),
  source: 'inventory.yaml',
  sha256,
  hosts,
});

/** Facts of which only some are known. */
export const factsWith = (some: Partial<ObservedFacts>): ObservedFacts => ({
  ...(Object.fromEntries(factIds.map(id => [id, unknown('not gathered')])) as unknown as ObservedFacts),
  ...some,
});
