import { afterAll, describe, expect, test } from 'vitest';
import { runSchema } from './result-schema.ts';
import { openWorkplace, silentServer, startCli } from './run-cli.ts';

const place = openWorkplace();
const server = await silentServer();
afterAll(() => {
  server.close();
  place.remove();
});
const silent = (address: string) =>
  `{ address: ${address}, ssh: { port: ${server.port}, connectTimeout: 60s, knownHosts: ${place.path('known_hosts')} } }`;
const inventory = place.write('nodes.yaml', `hosts: { a: ${silent('127.0.0.1')}, b: ${silent('localhost')} }\n`);

/** A command that waits for a host. */
const startWaiting = async (...args: readonly string[]) => {
  const firstConnection = server.nextConnection();
  const started = startCli(args, { directory: place.directory });
  const ended = started.result.then(({ stderr }) => Promise.reject(new Error(`it ended, and said: ${stderr}`)));
  await Promise.race([firstConnection, ended]);
  return started;
};

const heard = (started: ReturnType<typeof startCli>, text: RegExp): Promise<void> =>
  new Promise((resolve, reject) => {
    const look = () => {
      if (text.test(started.said().stderr)) resolve();
    };
    started.child.stderr?.on('data', look);
    started.child.once('close', () => reject(new Error(`it ended, and said: ${started.said().stderr}`)));
    look();
  });

describe.each(['SIGINT', 'SIGTERM'] as const)('%s', signal => {
  test('once ends a check soon, with a result in which hosts that were not done are skipped', async () => {
    const { child, result } = await startWaiting('check', inventory, '--output', 'json', '--parallel', '1');
    child.kill(signal);
    const { code, stdout, stderr } = await result;
    const run = runSchema.parse(JSON.parse(stdout));
    expect({ code, said: run.exitCode }).toEqual({ code: 130, said: 130 });
    expect(run.hosts.map(({ host, state, error }) => `${host} ${state} ${error?.code}`)).toEqual([
      'a skipped interrupted',
      'b skipped interrupted',
    ]);
    expect(stderr).toBe('\nstopping (press again to stop now) …\n');
  });

  test('once ends an apply that has begun nothing: nothing was changed', async () => {
    const { child, result } = await startWaiting('apply', inventory, '--yes', '--output', 'json');
    child.kill(signal);
    const { code, stdout } = await result;
    expect(code).toBe(130);
    expect(runSchema.parse(JSON.parse(stdout)).hosts.map(({ state }) => state)).toEqual(['skipped', 'skipped']);
  });
});

test('twice stops at once, without a result, and names the command that settles the rest', async () => {
  // While standard input is open the inventory is not complete, so the command cannot end by itself.
  const started = startCli(['apply', '-', '--yes', '--limit', 'a'], { keepInput: true });
  // More than the system keeps for a reader: it is gone once the command reads, and by then it listens to signals.
  await new Promise<void>(resolve => started.child.stdin?.write('#\n'.repeat(300_000), () => resolve()));
  started.child.kill('SIGINT');
  await heard(started, /press again to stop now/);
  started.child.kill('SIGINT');
  const { code, stdout, stderr } = await started.result;
  expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
  expect(stderr).toMatch(/Settle it with: nodeprep recover INVENTORY --limit a\n$/);
});
