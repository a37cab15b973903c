import { type Command, Option } from 'commander';
import type { BundleOptions } from './bundle/make.ts';
import type { CommonOptions } from './context.ts';
import { withAdmissions, withCommonOptions } from './help.ts';
import type { PlanOptions } from './plan.ts';
import type { Wiring } from './program.ts';

const recordOption = ['--record <dir>', 'write what was seen, to be replayed with: nodeprep check DIR'] as const;

export const addReadingCommands = (program: Command, { context, finish }: Wiring): void => {
  withCommonOptions(program.command('check'))
    .description('audit hosts; without arguments this machine. Never changes anything')
    .argument('[targets...]', 'an inventory file, - for standard input, a recording directory, or user@host[:port] …')
    .option('--strict', 'what could not be told counts as an error', false)
    .option(...recordOption)
    .action(async (targets: string[], options: CommonOptions & { strict: boolean; record?: string }) => {
      const { runCheck } = await import('./check.ts');
      finish(await runCheck(targets, options, context));
    });
  withAdmissions(withCommonOptions(program.command('plan')))
    .description('show what apply would change, as a diff. Never changes anything')
    .argument('<inventory>', 'an inventory file, or - for standard input')
    .option('--out <file>', 'save the plan for: nodeprep apply INVENTORY --plan FILE')
    .option('--manifests <dir>', 'save the RuntimeClasses of the handlers that the inventory names in DIR')
    .option('--detailed-exitcode', 'exit 4 when changes are pending', false)
    .action(async (inventory: string, options: PlanOptions) => {
      const { runPlan } = await import('./plan.ts');
      finish(await runPlan(inventory, { ...options, resume: false }, context));
    });
  withCommonOptions(program.command('bundle'))
    .description('download all that apply would need, for hosts that reach nothing. Never changes anything')
    .argument('<inventory>', 'an inventory file, or - for standard input')
    .addOption(
      new Option(
        '--from <host>',
        'a connected host of the inventory whose package manager chooses; one for each release',
      ).argParser((name: string, before: readonly string[] = []) => [...before, name]),
    )
    .option(
      '--without-images',
      'leave out the sandbox image, which this machine would fetch from its registry or mirror',
      false,
    )
    .requiredOption('--out <dir>', 'the directory to make, for: nodeprep apply INVENTORY --bundle DIR')
    .action(async (inventory: string, options: BundleOptions) => {
      const { runBundle } = await import('./bundle/make.ts');
      finish(await runBundle(inventory, options, context));
    });
  withCommonOptions(program.command('facts'))
    .description('print what hosts say, uninterpreted, as JSON. Never changes anything')
    .argument('[targets...]', 'an inventory file, - for standard input, a recording directory, or user@host[:port] …')
    .option(...recordOption)
    .option('--program', 'print the program that a check runs on hosts, and contact nobody', false)
    .action(async (targets: string[], options: CommonOptions & { record?: string; program: boolean }) => {
      const { runFacts } = await import('./facts.ts');
      finish(await runFacts(targets, options, context));
    });
};

export const addSchemaCommand = (program: Command, { context }: Wiring): void => {
  program
    .command('schema')
    .description('print the JSON Schema (2020-12) of the inventory')
    .helpOption('-h, --help', 'show this help')
    .action(async () => {
      const { inventoryJsonSchema } = await import('./schema.ts');
      context.stdout(`${inventoryJsonSchema()}\n`);
    });
};
