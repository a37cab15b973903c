import { afterAll, describe, expect, test } from 'vitest';
import { startServer } from '../connect/ssh-server.ts';
import { factsSchema, runSchema } from './result-schema.ts';
import { cli, closedPorts, openWorkplace } from './run-cli.ts';

const place = openWorkplace();
const [closed, alsoClosed] = await closedPorts(2);
const server = await startServer();
afterAll(async () => {
  await server.close();
  place.remove();
});
const { user, identityFile, knownHostsPath: knownHosts } = server.endpoint;
const ssh = (port: number | undefined) => ({ address: '127.0.0.1', ssh: { user, identityFile, knownHosts, port } });
const inventory = place.write(
  'inventory.yaml',
  JSON.stringify({
    hosts: { gone: ssh(closed), here: ssh(server.port), 'gone-too': ssh(alsoClosed) },
    groups: { all: {} },
  }),
);
const json = async (command: string, ...args: readonly string[]) => {
  const result = await cli([command, inventory, '--output', 'json', ...args]);
  return { ...result, run: runSchema.parse(JSON.parse(result.stdout)) };
};

describe('hosts that refuse connections', () => {
  test('are unreachable, hide nobody, and make the exit code 3', async () => {
    const { code, run, stderr } = await json('check');
    expect({ code, said: run.exitCode, stderr }).toEqual({ code: 3, said: 3, stderr: '' });
    expect(run.hosts.map(({ host, state, error }) => `${host} ${state} ${error?.code ?? ''}`.trim())).toEqual([
      'gone unreachable connect-refused',
      'here ok',
      'gone-too unreachable connect-refused',
    ]);
    const here = run.hosts.find(({ host }) => host === 'here');
    expect(here?.findings.length).toBeGreaterThan(20);
    expect(here?.changes).toEqual([]);
    for (const { error } of run.hosts.filter(({ state }) => state === 'unreachable')) {
      expect(error?.message).toMatch(/127\.0\.0\.1:\d+ refuses connections/);
      expect(error?.hint).toMatch(/sshd/);
    }
  });

  test.each(['plan', 'apply', 'rollback', 'recover'])('%s says so too and changes nothing', async command => {
    const yes = command === 'plan' ? [] : ['--yes'];
    const { code, run } = await json(command, '--limit', 'gone', ...yes);
    expect(code).toBe(3);
    expect(run).toMatchObject({ command, exitCode: 3, hosts: [{ state: 'unreachable', changes: [] }] });
    expect(run.hosts[0]).not.toHaveProperty('outcome');
  });

  test('have facts that are unknown, with the reason', async () => {
    const { code, stdout, stderr } = await cli(['facts', inventory, '--output', 'json']);
    expect(code).toBe(3);
    const { hosts } = factsSchema.parse(JSON.parse(stdout));
    expect(hosts.here?.kernel).toMatchObject({ known: true });
    expect(hosts.gone?.kernel).toEqual({ known: false, reason: expect.stringMatching(/refuses connections/) });
    expect(Object.keys(hosts.gone ?? {}).toSorted()).toEqual(Object.keys(hosts.here ?? {}).toSorted());
    expect(stderr).toMatch(/^gone: 127\.0\.0\.1:\d+ refuses[\s\S]*^gone-too: /m);
  });

  test('of a recording there is none', async () => {
    const directory = place.path('recorded');
    await cli(['facts', inventory, '--record', directory]);
    const { code, stdout } = await cli(['check', directory, '--output', 'json']);
    expect(runSchema.parse(JSON.parse(stdout)).hosts.map(({ host }) => host)).toEqual(['here']);
    expect([0, 1]).toContain(code);
  });
});
