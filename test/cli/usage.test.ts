import { afterAll, describe, expect, test } from 'vitest';
import { inProcess } from './in-process.ts';
import { cli, closedPorts, hostFixture, openWorkplace } from './run-cli.ts';

const place = openWorkplace();
afterAll(() => place.remove());
const [port] = await closedPorts(1);
const inventory = place.write(
  'inventory.yaml',
  `hosts: { a: { address: 127.0.0.1, ssh: { port: ${port}, knownHosts: ${place.path('known_hosts')} } } }\n`,
);

describe('help and version', () => {
  test.each([['--version'], ['-V']])('%s is one line', async option => {
    const { code, stdout, stderr } = await cli([option]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  test.each([[['--help']], [['help']], [['-h']]])('%j is the same help, on standard output', async args => {
    const { code, stdout, stderr } = await inProcess(args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const word of ['check [targets...]', 'apply <inventory>', 'Start here:', 'Exit codes:', '130  interrupted']) {
      expect(stdout).toContain(word);
    }
    expect(stdout).not.toContain('(default: false)');
  });

  test('without a word it is on standard error, and wrong', async () => {
    const { code, stdout, stderr } = await cli([]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('Start here:');
  });

  test('help COMMAND is what COMMAND --help is', async () => {
    const [help, option] = await [await inProcess(['help', 'apply']), await inProcess(['apply', '--help'])];
    expect(help).toEqual(option);
    expect(help).toMatchObject({ code: 0, stdout: expect.stringContaining('--allow-irreversible') });
  });
});

describe('a wrong command line exits with 2, says why, and prints no result', () => {
  test.each<readonly [readonly string[], RegExp]>([
    [['aply'], /unknown command 'aply'[\s\S]*Did you mean apply\?/],
    [['help', 'aply'], /unknown command 'aply'[\s\S]*Did you mean apply\?/],
    [['check', '--limt', 'a'], /unknown option '--limt'[\s\S]*Did you mean --limit\?/],
    [['check', '--parallel', '0'], /whole number from 1 to 512/],
    [['check', '--parallel', '0x10'], /whole number from 1 to 512/],
    [['check', '--parallel', '513'], /whole number from 1 to 512/],
    [['check', '--output', 'xml'], /Allowed choices are human, json/],
    [['plan'], /missing required argument 'inventory'/],
    [['plan', 'a.yaml', 'b.yaml'], /too many arguments/],
    [['check', inventory, '--limit', 'b'], /no host or group b[\s\S]*The inventory has: a/],
    [['check', inventory, '--limit', ''], /--limit has an empty name/],
    [['check', 'nowhere.yaml'], /nowhere\.yaml: there is no such file/],
    [['check', inventory, 'ops@192.0.2.1'], /stands beside other arguments/],
    [['check', inventory, '--record', `${inventory}/x`], /recordings cannot be written to/],
    [['plan', hostFixture('trixie-bare')], /is a directory, not an inventory/],
    [['plan', inventory, '--out', place.path('no/plan.json')], /the plan cannot be written to/],
    [['apply', inventory], /no terminal[\s\S]*--yes/],
    [['rollback', inventory], /no terminal/],
    [['recover', inventory], /no terminal/],
    [['apply', inventory, '--yes', '--plan', place.path('no.json')], /cannot be read: no such file/],
  ])('%#: %j', async (args, message) => {
    const { code, stdout, stderr } = await inProcess(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/^ +at /m);
  });

  test('apply with an inventory from standard input needs --yes', async () => {
    const { code, stdout, stderr } = await cli(['apply', '-'], { input: 'hosts: { a: { address: 192.0.2.1 } }' });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/standard input, so nobody can be asked[\s\S]*Add --yes/);
  });

  test('every mistake of an inventory is told at once, with its place, and no host is contacted', async () => {
    const bad = place.write(
      'bad.yaml',
      [
        'kubernetes: { version: 1.30 }',
        'defaults: { runtime: { cgroupdriver: systemd }, sudo: { password: hunter2 } }',
        'hosts:',
        `  a: { address: 127.0.0.1, groups: [edge], ssh: { port: ${port} } }`,
        'waivers: [{ check: swap-of, owner: x, reason: y, expires: "2027-01-01" }]',
        '',
      ].join('\n'),
    );
    const { code, stdout, stderr } = await inProcess(['check', bad, '--output', 'json']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    for (const line of [1, 2, 4, 5]) expect(stderr).toMatch(new RegExp(`bad\\.yaml:${line}:\\d+: `));
    expect(stderr).toMatch(/write "1\.30"/);
    expect(stderr).toMatch(/did you mean cgroupDriver/);
    expect(stderr).toMatch(/5 problems\. No host was contacted\.\n$/);
    expect(stderr).not.toContain('hunter2');
  });

  test('zero hosts are none to work on', async () => {
    const { code, stdout } = await cli(['check', '-'], { input: 'hosts: {}' });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });
});

test('the plan of another inventory is refused with 5 before any host is asked', async () => {
  const saved = {
    schemaVersion: 1,
    toolVersion: '0.0.0-test',
    inventorySha256: '0'.repeat(64),
    salt: 'f'.repeat(32),
    hosts: {},
  };
  const plan = place.write('plan.json', JSON.stringify(saved));
  const { code, stdout, stderr } = await inProcess(['apply', inventory, '--yes', '--plan', plan]);
  // Asking the host would have made it a 3: nothing listens there.
  expect({ code, stdout }).toEqual({ code: 5, stdout: '' });
  expect(stderr).toMatch(/plan\.json: the plan was made for another inventory/);
});
