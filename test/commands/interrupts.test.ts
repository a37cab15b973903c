import { describe, expect, test } from 'vitest';
import { createInterrupts } from '../../src/commands/interrupts.ts';
import { recoverCommand } from '../../src/commands/next-command.ts';

const listen = () => {
  const said: string[] = [];
  const exits: number[] = [];
  const interrupts = createInterrupts(
    text => void said.push(text.trim()),
    code => void exits.push(code),
  );
  return { interrupts, said, exits };
};

describe('Ctrl-C', () => {
  test('may be listened to by any number of hosts without a warning of Node.js', async () => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error) => void warnings.push(warning);
    process.on('warning', onWarning);
    const { signal } = listen().interrupts;
    for (let host = 0; host < 40; host += 1) signal.addEventListener('abort', () => host);
    // Warnings are told on the next turn.
    await new Promise(resolve => setImmediate(resolve));
    process.off('warning', onWarning);
    expect(warnings).toEqual([]);
  });

  test('once asks the command to end, as an interrupt and not as a bug', () => {
    const { interrupts, said, exits } = listen();
    expect(interrupts.signal.aborted).toBe(false);
    interrupts.onSignal();
    expect(interrupts.signal.reason).toMatchObject({ code: 'interrupted' });
    expect(said).toEqual(['stopping (press again to stop now) …']);
    expect(exits).toEqual([]);
  });

  test('twice stops now; a command that only reads leaves nothing to tell', () => {
    const { interrupts, said, exits } = listen();
    interrupts.onSignal();
    interrupts.onSignal();
    expect(exits).toEqual([130]);
    expect(said).toHaveLength(1);
  });

  test('in a command that changes hosts says what is finished, and then what settles the rest', () => {
    const { interrupts, said, exits } = listen();
    interrupts.atStake({ changes: true, settle: recoverCommand('nodes.yaml', 'edge') });
    interrupts.onSignal();
    expect(said.at(-1)).toMatch(/^finishing the step at work on each host, .*press again/);
    interrupts.onSignal();
    expect(said.at(-1)).toMatch(/goes on there[\s\S]*\nSettle it with: nodeprep recover nodes\.yaml --limit edge$/);
    expect(exits).toEqual([130]);
  });
});

describe('the command that settles', () => {
  test.each([
    [recoverCommand('nodes.yaml'), 'nodeprep recover nodes.yaml'],
    [recoverCommand('my nodes.yaml', 'a,b'), "nodeprep recover 'my nodes.yaml' --limit a,b"],
    [recoverCommand(undefined, 'a'), 'nodeprep recover INVENTORY --limit a'],
  ])('%s', (command, expected) => expect(command).toBe(expected));
});
