import { cpSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { compileFacts } from '../../src/facts/compile.ts';
import { factIds } from '../../src/facts/index.ts';
import { factsSchema, runSchema } from './result-schema.ts';
import { cli, hostFixture, openWorkplace, startCli } from './run-cli.ts';

const place = openWorkplace();
afterAll(() => place.remove());
const names = readdirSync(hostFixture('.'));
for (const name of names) cpSync(join(hostFixture(name), 'recording.json'), place.path(`${name}.json`));

const checkJson = async (...args: readonly string[]) => {
  const result = await cli(['check', place.directory, '--output', 'json', ...args]);
  return { ...result, run: runSchema.parse(JSON.parse(result.stdout)) };
};
/** What may differ between two runs over the same recordings. */
const timeless = ({ run }: Awaited<ReturnType<typeof checkJson>>) => ({
  ...run,
  runId: '',
  startedAt: '',
  durationMs: 0,
});

describe('check of recorded hosts', () => {
  test('gives the same result each time, whoever answers first, and exits with what it says', async () => {
    const [all, one] = await Promise.all([checkJson(), checkJson('--parallel', '1')]);
    expect(timeless(all)).toEqual(timeless(one));
    expect(all.run.hosts.map(({ host }) => host)).toEqual(names.toSorted());
    expect(all.run.hosts.filter(({ state }) => state !== 'ok')).toEqual([]);
    expect({ code: all.code, said: all.run.exitCode, stderr: all.stderr }).toEqual({ code: 1, said: 1, stderr: '' });
  });

  test('finds on each host what is wrong there', async () => {
    const { run } = await checkJson('--limit', 'trixie-bare,trixie-prepared,trixie-no-root');
    const statusOf = (host: string, check: string) =>
      run.hosts.find(each => each.host === host)?.findings.find(finding => finding.check === check)?.status;
    expect(statusOf('trixie-bare', 'runtime-installed')).toBe('fail');
    expect(statusOf('trixie-prepared', 'runtime-installed')).toBe('pass');
    expect(statusOf('trixie-no-root', 'root-access')).toBe('fail');
    const prepared = run.hosts.find(({ host }) => host === 'trixie-prepared');
    expect(prepared?.runtime).toMatchObject({ name: 'containerd', cgroupDriver: 'systemd' });
    expect(run.hosts.find(({ host }) => host === 'trixie-bare')).not.toHaveProperty('runtime');
  });

  test('for people is told with the id of each finding and a verdict, and offers no apply', async () => {
    const { code, stdout } = await cli(['check', hostFixture('trixie-bare')]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/no container runtime +runtime-installed$/m);
    expect(stdout).toMatch(/^✗ \d+ errors on 1 host/m);
    expect(stdout).not.toContain(`apply ${hostFixture('trixie-bare')}`);
  });

  test('read by somebody who stops reading keeps quiet and keeps its exit code', async () => {
    const { child, result } = startCli(['check', place.directory, '--verbose']);
    child.stdout?.destroy();
    const { code, stderr } = await result;
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
  });

  test('of a recording that was taken from a recording is the same', async () => {
    const copy = place.path('copy');
    await cli(['check', hostFixture('trixie-secrets'), '--record', copy]);
    const [first, second] = await Promise.all(
      [hostFixture('trixie-secrets'), copy].map(directory => cli(['check', directory, '--output', 'json'])),
    );
    const findings = (text = '') => runSchema.parse(JSON.parse(text)).hosts.map(host => host.findings);
    expect(findings(second?.stdout)).toEqual(findings(first?.stdout));
  });
});

describe('facts', () => {
  test('of recorded hosts are every fact, known or unknown with the reason', async () => {
    const { code, stdout, stderr } = await cli(['facts', hostFixture('trixie-no-root'), '--output', 'json']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { hosts } = factsSchema.parse(JSON.parse(stdout));
    expect(Object.keys(hosts)).toEqual(['trixie-no-root']);
    expect(Object.keys(hosts['trixie-no-root'] ?? {}).toSorted()).toEqual([...factIds].toSorted());
  });

  test('--program is what a check sends, but for the random marker, and no host is needed', async () => {
    const [one, two] = await Promise.all([cli(['facts', '--program']), cli(['facts', 'nowhere.yaml', '--program'])]);
    expect(one).toMatchObject({ code: 0, stderr: '' });
    const marker = (text: string) => /\b[0-9a-f]{32}\b/.exec(text)?.[0] ?? 'no marker';
    expect(marker(one.stdout)).not.toBe(marker(two.stdout));
    expect(one.stdout.replaceAll(marker(one.stdout), 'MARK')).toBe(two.stdout.replaceAll(marker(two.stdout), 'MARK'));

    const { chooseFacts, isGatherable } = await import('../../src/facts/registry.ts');
    const { checkFacts } = await import('../../src/commands/check-facts.ts');
    const sent = compileFacts(chooseFacts(checkFacts.filter(isGatherable)), marker(one.stdout));
    expect(one.stdout).toBe(sent.program);
  });
});

test('schema prints the JSON Schema of the inventory', async () => {
  const { code, stdout } = await cli(['schema']);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ $schema: 'https://json-schema.org/draft/2020-12/schema' });
});
