import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootNode, type LabNode, requireLab } from '../lab/index.ts';
import { type CliRun, hostOf } from './support/cli.ts';
import { makeOddUsers, type OddUserName, oddFiles, oddNames, portOf } from './support/odd-users.ts';
import { listenOn } from './support/sshd.ts';
import { at, labSsh, openWorkplace, type Workplace } from './support/workplace.ts';

const reason = requireLab();
/** All that may not reach a terminal: control characters but for tab and line break. */
const control = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/;

const listen = (server: Server): Promise<number> =>
  new Promise(resolve => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });

describe.skipIf(reason)(`odd logins${reason ? ` (${reason})` : ''}`, () => {
  let node: LabNode;
  let place: Workplace;
  let inventory: string;
  let check: CliRun;
  let seconds: number;

  beforeAll(async () => {
    place = await openWorkplace();
    node = await bootNode({ suite: 'trixie', packages: ['fish', 'csh', 'zsh'], files: oddFiles });
    await makeOddUsers(node);
    await node.sh(`sed -i 's/^PRETTY_NAME=.*/PRETTY_NAME="Odd \\x1b[2J\\x07 Linux"/' /etc/os-release`);
    const hosts = oddNames.map(name => [name, at(node, { ssh: { user: name.toLowerCase(), port: portOf(name) } })]);
    inventory = place.inventory('odd', Object.fromEntries(hosts));
    const began = Date.now();
    check = await place.json(['check', inventory]);
    seconds = (Date.now() - began) / 1000;
  });
  afterAll(async () => {
    await node?.remove();
    place?.remove();
  });

  const host = (name: OddUserName) => hostOf(check, name);

  it('of which some fail leave every other host reported', () => {
    expect(check.run.hosts.map(({ host: name }) => name)).toEqual(oddNames);
    expect(check.code).toBe(3);
    expect(host('plain').findings.find(({ check: id }) => id === 'root-access')?.status).toBe('pass');
  });

  it.each(['fish', 'csh', 'zsh', 'noisy'] as const)('through %s see what a plain login sees', name => {
    // Not what was measured: free space is another a moment later.
    const judged = (of: OddUserName) =>
      host(of).findings.map(({ check: id, status, message }) => `${id} ${status} ${message}`);
    expect(host(name).state).toBe('ok');
    expect(judged(name)).toEqual(judged('plain'));
  });

  it.each([
    ['endless', 'answer-too-large'],
    ['endlessErrors', 'connect-timeout'],
    ['silent', 'connect-timeout'],
    ['leaving', 'no-shell'],
    ['cutting', 'connect-failed'],
    ['nologin', 'no-shell'],
    ['rbash', 'no-shell'],
    ['expired', 'no-shell'],
  ] as const)('that are %s end as %s, with a reason and a next step', (name, code) => {
    const { state, error, findings } = host(name);
    expect({ code: error?.code, findings }).toEqual({ code, findings: [] });
    expect(state).toMatch(/^(failed|unreachable)$/);
    expect(error?.message).toMatch(/\w{3}/);
    expect(error?.message).not.toMatch(control);
    expect(error?.hint).toMatch(/\w{3}/);
  });

  it('name the words of the host that turned them away', () => {
    expect(host('leaving').error?.message).toContain('go away');
    expect(host('nologin').error?.message).toMatch(/currently not available/);
    expect(host('rbash').error?.message).toMatch(/the login shell of rbash is restricted/);
    expect(host('expired').error?.message).toMatch(/[Pp]assword/);
  });

  it('are bounded in time, and in what is said about them', () => {
    expect(seconds).toBeLessThan(90);
    expect(check.stdout.length).toBeLessThan(2_000_000);
    for (const { error } of check.run.hosts) expect(error?.message.length ?? 0).toBeLessThan(4_000);
  });

  it('steer no terminal', async () => {
    const quick = ['plain', 'noisy', 'leaving', 'nologin'].join(',');
    const human = await place.run(['check', inventory, '--verbose', '--limit', quick]);
    expect(human.stdout).toContain('Linux');
    expect(human.stdout).not.toMatch(control);
    expect(human.stderr).not.toMatch(control);
    expect(human.stdout).not.toContain('owned');
  });

  it('leave nothing running on the host', async () => {
    await expect
      .poll(() => node.sh("ps -eo user,args | grep -E '^(endless|silent|noisy|plain)' || true"), { timeout: 30_000 })
      .toBe('');
  });

  it('that fail are named for it when sshd then shuts the address out', async () => {
    const penalty = "sed -i 's/^PerSourcePenalties no/PerSourcePenalties authfail:90/' /etc/ssh/sshd_config.d/lab.conf";
    await node.sh(`${penalty} && systemctl restart ssh`);
    const keyless = place.inventory('keyless', { host: at(node, { ssh: { user: 'daemon' } }) });
    expect(hostOf(await place.json(['check', keyless]), 'host').error?.code).toBe('auth-failed');
    const { error } = hostOf(await place.json(['check', inventory, '--limit', 'plain']), 'plain');
    expect(error).toMatchObject({
      code: 'connect-failed',
      message: expect.stringContaining('turns us away: Not allowed'),
    });
    expect(error?.hint).toContain('PerSourcePenalties');
  });
});

describe.skipIf(reason)(`hosts that cannot be reached${reason ? ` (${reason})` : ''}`, () => {
  let node: LabNode;
  let place: Workplace;
  let inventory: string;
  let check: CliRun;
  const servers: Server[] = [];
  const otherKey = 'AAAAC3NzaC1lZDI1NTE5AAAAIGPKIn0Dn6fs0hhTXwEOmYpRWTXDAIXQb8gYZ2EH3Hxk';
  let changedKnownHosts: string;

  beforeAll(async () => {
    place = await openWorkplace();
    node = await bootNode({
      suite: 'trixie',
      files: { '/etc/ssh/sshd_config.d/lab.conf': listenOn([2401, 2402, 2403]) },
    });
    servers.push(
      createServer(() => undefined),
      createServer(socket => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
    );
    const [mute = 0, web = 0] = await Promise.all(servers.map(listen));
    changedKnownHosts = place.path('changed_hosts');
    writeFileSync(changedKnownHosts, `# two lines\n\n[${node.address}]:2402 ssh-ed25519 ${otherKey}\n`);
    inventory = place.inventory('mixed', {
      healthy: at(node),
      unknownKey: at(node, { ssh: { port: 2401, hostKeys: 'strict', knownHosts: place.path('empty_hosts') } }),
      changedKey: at(node, { ssh: { port: 2402, knownHosts: changedKnownHosts } }),
      wrongUser: at(node, { ssh: { port: 2403, user: 'nobody-here' } }),
      refusedPort: at(node, { ssh: { port: 2404 } }),
      silentPort: { address: '127.0.0.1', ssh: { port: mute, connectTimeout: '2s' } },
      webPort: { address: '127.0.0.1', ssh: { port: web } },
      noName: { address: 'no-such-host.invalid' },
    });
    check = await place.json(['check', inventory]);
  });
  afterAll(async () => {
    for (const server of servers) server.close();
    await node?.remove();
    place?.remove();
  });

  const fingerprints = async (): Promise<string> =>
    (await node.sh('ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub')).split(' ')[1] ?? '';

  it.each([
    ['unknownKey', 'host-key-unknown'],
    ['changedKey', 'host-key-changed'],
    ['wrongUser', 'auth-failed'],
    ['refusedPort', 'connect-refused'],
    ['silentPort', 'no-banner'],
    ['webPort', 'no-banner'],
    ['noName', 'connect-failed'],
  ])('%s: %s, with a next step', (name, code) => {
    const { state, error, findings } = hostOf(check, name);
    expect({ state, code: error?.code, findings }).toEqual({ state: 'unreachable', code, findings: [] });
    expect(error?.hint).toMatch(/\w{3}/);
  });

  it('hide no healthy host', () => {
    const healthy = hostOf(check, 'healthy');
    expect(healthy.state).toBe('ok');
    expect(healthy.findings.length).toBeGreaterThan(20);
    expect(check.run.hosts).toHaveLength(8);
    expect(check.code).toBe(3);
  });

  it('show the key of an unknown host, and remember nothing', async () => {
    const { error } = hostOf(check, 'unknownKey');
    expect(error?.message).toContain(await fingerprints());
    expect(error?.hint).toContain('accept-new');
    expect(() => readFileSync(place.path('empty_hosts'))).toThrow('ENOENT');
  });

  it('show both keys of a changed host and the line that says otherwise, which stays', async () => {
    const before = readFileSync(changedKnownHosts, 'utf8');
    const { error } = hostOf(check, 'changedKey');
    expect(error?.message).toContain(await fingerprints());
    expect(error?.message).toContain('SHA256:');
    expect(new Set(error?.message.match(/SHA256:[\w+/]{43}/g)).size).toBe(2);
    expect(error?.message).toContain(`${changedKnownHosts}:3`);
    expect(error?.hint).toContain('ssh-keygen');
    expect(before).toContain(otherKey);
    expect(before.split('\n')).toHaveLength(4);
  });

  it('are told to people with fact, cause and remedy', async () => {
    const human = await place.run(['check', inventory]);
    for (const { error } of check.run.hosts) {
      const flat = human.stdout.replaceAll(/\s+/g, ' ');
      if (error !== undefined) expect(flat).toContain(error.message.replaceAll(/\s+/g, ' ').slice(0, 40));
      if (error?.hint !== undefined) expect(flat).toContain(error.hint.replaceAll(/\s+/g, ' ').slice(0, 40));
    }
    expect(human.code).toBe(3);
  });

  it('do not keep apply from its work on the others', async () => {
    const applied = await place.json(['apply', inventory, '--yes']);
    expect(hostOf(applied, 'healthy')).toMatchObject({
      state: 'ok',
      outcome: 'changed',
      runtime: { cgroupDriver: 'systemd' },
    });
    expect(hostOf(applied, 'changedKey')).toMatchObject({ state: 'unreachable', changes: [] });
    expect(applied.code).toBe(3);
  });

  it('are not asked about when the inventory is wrong', async () => {
    const before = await node.sh('journalctl --sync; journalctl -u ssh -o cat | wc -l');
    const wrong = place.inventory('wrong', { healthy: at(node, { runtme: {} }), other: { adress: '10.0.0.1' } });
    const result = await place.run(['check', wrong]);
    expect(result.code).toBe(2);
    expect(result.stderr).toMatch(/wrong\.yaml:\d+:\d+: .*runtme.*runtime/);
    expect(result.stderr).toMatch(/wrong\.yaml:\d+:\d+: .*adress.*address/);
    expect(result.stdout).toBe('');
    expect(await node.sh('journalctl --sync; journalctl -u ssh -o cat | wc -l')).toBe(before);
  });
});

it.skipIf(reason)('accept-new is taken at its word once: many hosts at a time, every key remembered', async () => {
  const place = await openWorkplace();
  const ports = Array.from({ length: 12 }, (_, i) => 2500 + i);
  const node = await bootNode({ suite: 'trixie', files: { '/etc/ssh/sshd_config.d/lab.conf': listenOn(ports) } });
  try {
    const hosts = ports.map(port => [`at-${port}`, at(node, { ssh: { port } })]);
    const inventory = place.inventory('many', Object.fromEntries(hosts));
    const first = await place.json(['check', inventory]);
    expect(first.run.hosts.map(({ state }) => state)).toEqual(hosts.map(() => 'ok'));
    const lines = readFileSync(place.knownHosts, 'utf8').trimEnd().split('\n');
    expect(lines).toHaveLength(12);
    expect(new Set(lines).size).toBe(12);
    const strict = place.inventory('strict', Object.fromEntries(hosts), {
      defaults: { ssh: { ...labSsh, hostKeys: 'strict' } },
    });
    const again = await place.json(['check', strict]);
    expect(again.run.hosts.map(({ state }) => state)).toEqual(hosts.map(() => 'ok'));
    expect(readFileSync(place.knownHosts, 'utf8').trimEnd().split('\n')).toEqual(lines);
  } finally {
    await node.remove();
    place.remove();
  }
});
