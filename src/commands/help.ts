import { type Argument, type Command, type HelpConfiguration, InvalidArgumentError, Option } from 'commander';
import { drainLosses } from '../core/rollout-settings.ts';

export const helpStyle: HelpConfiguration = {
  sortSubcommands: false,
  // `(default: false)` after every switch says nothing.
  optionDescription: ({ description, argChoices, defaultValue }) => {
    const choices = argChoices === undefined ? [] : [argChoices.join(' or ')];
    const standard = defaultValue === undefined || defaultValue === false ? [] : [`default ${defaultValue}`];
    const notes = [...choices, ...standard].join('; ');
    return notes === '' ? description : `${description} (${notes})`;
  },
  subcommandTerm: command => [command.name(), ...command.registeredArguments.map(termOf)].join(' '),
};

const termOf = (argument: Argument): string => {
  const term = `${argument.name()}${argument.variadic ? '...' : ''}`;
  return argument.required ? `<${term}>` : `[${term}]`;
};

export const examples = `Start here:
  nodeprep check                     audit this machine
  nodeprep check ops@10.0.0.21       audit a host
  nodeprep check inventory.yaml      audit every host of an inventory
  nodeprep plan inventory.yaml       see what apply would change
  nodeprep apply inventory.yaml      change it, prove it, or take it back`;

export const exitCodeHelp = `Exit codes:
  0    fine
  1    errors found
  2    wrong command line or inventory
  3    a host could not be reached, or failed
  4    changes are pending (plan --detailed-exitcode)
  5    refused: the host has changed, is locked, or is a node of a cluster
  70   a bug in nodeprep
  130  interrupted`;

const parallelism = (text: string): number => {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > 512) {
    throw new InvalidArgumentError('Expected a whole number from 1 to 512.');
  }
  return value;
};

/** Adds the options that every command shares, in the order in which help shows them. */
export const withCommonOptions = (command: Command): Command =>
  command
    .helpOption('-h, --help', 'show this help')
    .addOption(new Option('-l, --limit <names>', 'only these hosts or groups, separated by commas'))
    .addOption(
      new Option('-o, --output <format>', 'what goes to standard output').choices(['human', 'json']).default('human'),
    )
    .addOption(new Option('-p, --parallel <n>', 'hosts worked on at once').argParser(parallelism).default(32))
    .addOption(new Option('-q, --quiet', 'no progress; of the result only errors and the verdict').default(false))
    .addOption(new Option('-v, --verbose', 'also what passes, what does not apply, and every source').default(false));

const losses = (text: string): readonly string[] => {
  const named = text.split(',').map(word => word.trim());
  const wrong = named.filter(name => !drainLosses.some(loss => loss === name));
  if (wrong.length === 0) return named;
  throw new InvalidArgumentError(`Expected ${drainLosses.join(', ')}, separated by commas; found ${wrong.join(', ')}.`);
};

/** What an operator admits beyond the careful default; `plan` takes the same, so that it shows what `apply` would do. */
export const withAdmissions = (command: Command): Command =>
  withDrainAdmissions(
    command
      .option('--without-drain', 'let a joined node restart its runtime without draining it', false)
      .option('--allow-irreversible', 'changes that cannot be undone', false)
      .option('--allow-migration', 'move a host from the runtime that serves it to the one the inventory names', false)
      .option(
        '--purge-old-runtime',
        'remove images and containers of runtimes that serve no more, once all is proved',
        false,
      )
      .addOption(
        new Option('--bundle <dir>', 'hosts reach nothing: what they need comes from this bundle').conflicts([
          'stage',
          'staged',
        ]),
      ),
  );

export const withDrainAdmissions = (command: Command): Command =>
  command
    .addOption(
      new Option('--force-drain <kinds>', `what a drain may lose: ${drainLosses.join(', ')}`)
        .argParser(losses)
        .default([], 'nothing'),
    )
    .option('--allow-api-outage', 'stop the static pods of the only control plane; pods keep running meanwhile', false);

/** `help`, `help COMMAND`, and the nearest name for a command that is none. */
export const addHelpCommand = (program: Command): void => {
  program
    .helpCommand(false)
    .command('help')
    .description('show what a command takes')
    .argument('[command]')
    .action(async (name: string | undefined) => {
      const command = program.commands.find(candidate => candidate.name() === name);
      if (name === undefined || command === undefined)
        await program.parseAsync(name === undefined ? ['--help'] : [name], { from: 'user' });
      else command.help();
    });
};
