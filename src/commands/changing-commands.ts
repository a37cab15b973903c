import { type Command, Option } from 'commander';
import type { ApplyOptions } from './apply.ts';
import type { CommonOptions } from './context.ts';
import { withAdmissions, withCommonOptions, withDrainAdmissions } from './help.ts';
import { recoverCommand } from './next-command.ts';
import type { Wiring } from './program.ts';
import type { RollbackCommandOptions } from './rollback.ts';

type ChangingOptions = CommonOptions & { readonly yes: boolean };

export const addChangingCommands = (program: Command, { context, interrupts, finish }: Wiring): void => {
  const changing = (name: string, description: string): Command =>
    withCommonOptions(program.command(name))
      .description(description)
      .argument('<inventory>', 'an inventory file, or - for standard input (needs --yes)')
      .option('-y, --yes', 'do not ask', false);
  const begin = (inventory: string, { limit }: ChangingOptions): void =>
    interrupts.atStake({
      changes: true,
      settle: recoverCommand(inventory === '-' ? undefined : inventory, limit),
    });

  withAdmissions(changing('apply', 'plan, ask, change, prove; what fails is taken back'))
    .option('--plan <file>', 'do exactly what this saved plan says, or refuse')
    .option('--resume', 'go on with a rollout that was stopped; its canary is not repeated', false)
    .addOption(
      new Option('--stage', 'fetch and check everything in advance; nothing is changed')
        .conflicts('staged')
        .default(false),
    )
    .option('--staged', 'use what was staged and fetch nothing, or refuse', false)
    .action(async (inventory: string, options: ApplyOptions) => {
      const { runApply } = await import('./apply.ts');
      begin(inventory, options);
      finish(await runApply(inventory, options, context));
    });
  withDrainAdmissions(changing('rollback', 'restore what a run replaced'))
    .option('--run <id>', 'the run to undo; without it the last one of each host')
    .action(async (inventory: string, options: RollbackCommandOptions) => {
      const { runRollback } = await import('./rollback.ts');
      begin(inventory, options);
      finish(await runRollback(inventory, options, context));
    });
  changing('reset', 'remove what nodeprep installed, and put back what was there before it came').action(
    async (inventory: string, options: ChangingOptions) => {
      const { runReset } = await import('./reset.ts');
      begin(inventory, options);
      finish(await runReset(inventory, options, context));
    },
  );
  changing('recover', 'settle what an interrupted run left on hosts').action(
    async (inventory: string, options: ChangingOptions) => {
      const { runRecover } = await import('./recover.ts');
      begin(inventory, options);
      finish(await runRecover(inventory, options, context));
    },
  );
};
