import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootNode, type LabNode, PW_PASSWORD, requireLab } from '../lab/index.ts';
import { type CliRun, hostOf } from './support/cli.ts';
import { configPath } from './support/containerd-files.ts';
import { givenAway, planted, plantSecrets, talkativeDropIn } from './support/planted.ts';
import { at, labSsh, openWorkplace, type Workplace } from './support/workplace.ts';

const reason = requireLab();
const ours = {
  sudoPassword: PW_PASSWORD,
  token: 'Nv4-token-of-the-operator',
  proxy: 'Nv4-proxy-of-the-operator',
};
const env = {
  LAB_SUDO_PASSWORD: ours.sudoPassword,
  LAB_TOKEN: ours.token,
  HTTPS_PROXY: `http://robot:${ours.proxy}@proxy.example.com:3128`,
};
const secrets = { ...planted, ...ours };

describe.skipIf(reason)(`secrets${reason ? ` (${reason})` : ''}`, () => {
  let node: LabNode;
  let place: Workplace;
  let inventory: string;
  /** Everything that was printed, by command. */
  const said = new Map<string, string>();

  beforeAll(async () => {
    place = await openWorkplace();
    node = await bootNode({ suite: 'trixie', packages: ['containerd'] });
    await node.sh('systemctl is-system-running --wait || true');
    await plantSecrets(node);
    const defaults = { ssh: { ...labSsh, user: 'pw' }, sudo: { password: { env: 'LAB_SUDO_PASSWORD' } } };
    inventory = place.inventory('host', { host: at(node) }, { defaults });
  });
  afterAll(async () => {
    await node?.remove();
    place?.remove();
  });

  const say = async (...args: string[]): Promise<number> => {
    const { code, stdout, stderr } = await place.run(args, { env });
    said.set(args.join(' ').replaceAll(place.directory, ''), `${stdout}\n${stderr}`);
    return code;
  };
  const leaks = (): Record<string, readonly string[]> =>
    Object.fromEntries(
      [...said]
        .map(([name, text]) => [name, givenAway(text, secrets)] as const)
        .filter(([, found]) => found.length > 0),
    );
  const readTree = (directory: string): string =>
    readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile())
      .map(entry => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
      .join('\n');

  it('of hosts and of the operator are in no output of commands that only read', async () => {
    expect(await say('check', inventory)).toBe(1);
    expect(await say('check', inventory, '--verbose')).toBe(1);
    expect(await say('check', inventory, '--output', 'json')).toBe(1);
    expect(await say('facts', inventory)).toBe(0);
    expect(await say('facts', inventory, '--output', 'json')).toBe(0);
    expect(await say('facts', inventory, '--program')).toBe(0);
    expect(await say('plan', inventory, '--verbose')).toBe(0);
    expect(await say('plan', inventory, '--output', 'json')).toBe(0);
    expect(await say('schema')).toBe(0);
    expect(leaks()).toEqual({});
    // Masked, not left out: the diff still has these lines, and facts the files.
    expect(said.get('plan /host.yaml --verbose')).toContain('password = ');
    expect(said.get('facts /host.yaml')).toContain('registry.example.com');
  });

  it('are in no recording and no saved plan, which only their owner can read', async () => {
    await say('check', inventory, '--record', 'checked');
    await say('facts', inventory, '--record', 'seen');
    await say('plan', inventory, '--out', 'plan.json');
    for (const path of ['checked', 'seen'].map(place.path)) {
      expect(givenAway(readTree(path), secrets)).toEqual([]);
      expect(statSync(path).mode & 0o777).toBe(0o700);
      expect(readdirSync(path).map(file => statSync(join(path, file)).mode & 0o777)).toEqual([0o600]);
    }
    expect(givenAway(readFileSync(place.path('plan.json'), 'utf8'), secrets)).toEqual([]);
    expect(statSync(place.path('plan.json')).mode & 0o777).toBe(0o600);
    expect(leaks()).toEqual({});
  });

  it('are masked so that a replayed recording gives the findings of the live check', async () => {
    const comparable = (result: CliRun) => {
      const { findings, runtime, summary, state } = hostOf(result, 'host');
      return { code: result.code, findings, runtime, summary, state, fleet: result.run.fleet };
    };
    const live = await place.json(['check', inventory, '--record', 'live'], { env });
    expect(comparable(await place.json(['check', 'live']))).toEqual(comparable(live));
    expect(await say('check', 'live', '--verbose', '--record', 'again')).toBe(live.code);
    expect(comparable(await place.json(['check', 'again']))).toEqual(comparable(live));
    expect(await say('facts', 'live')).toBe(0);
    expect(leaks()).toEqual({});
  });

  it('are told by nobody when a change fails', async () => {
    const dropIn = '/etc/systemd/system/containerd.service.d/lab.conf';
    await node.sh(`cat >${dropIn} && systemctl daemon-reload`, { input: talkativeDropIn });
    expect(await say('apply', inventory, '--yes', '--verbose')).toBe(3);
    expect(await say('apply', inventory, '--yes', '--output', 'json')).toBe(3);
    await node.sh(`rm ${dropIn} && systemctl daemon-reload`);
    for (const [name, text] of said) if (name.startsWith('apply')) expect(text).toContain('lab: cannot reach http');
    expect(leaks()).toEqual({});
  });

  it('are told by nobody when a change succeeds, or is refused since a file with secrets has changed', async () => {
    expect(await say('apply', inventory, '--yes', '--plan', 'plan.json')).toBe(0);
    await node.sh(`sed -i 's/username = "robot"/username = "other"/' ${configPath}`);
    expect(await say('rollback', inventory, '--yes')).toBe(5);
    expect(said.get('rollback /host.yaml --yes')).toMatch(/username = "(robot|other)"/);
    await node.sh(`sed -i 's/username = "other"/username = "robot"/' ${configPath}`);
    expect(await say('rollback', inventory, '--yes', '--output', 'json')).toBe(0);
    expect(leaks()).toEqual({});
  });

  it('are on the host only where its own files are kept for the way back, for root alone', async () => {
    const words = Object.values(secrets)
      .map(secret => `-e '${secret}'`)
      .join(' ');
    const found = await node.sh(`cd /var/lib/nodeprep && grep -rlF ${words} . || true`);
    const holders = found.split('\n').filter(path => path !== '');
    expect(holders.filter(path => !/^\.\/runs\/[^/]+\/(backup|rounds\/\d+\/payload)/.test(path))).toEqual([]);
    expect(holders.length).toBeGreaterThan(0);
    // A backup keeps the mode and owner of its file; what keeps others out are the directories above it.
    const directories = holders.filter(path => path.includes('/backup/')).map(path => dirname(path));
    const payloads = holders.filter(path => path.includes('/payload'));
    const modes = (paths: readonly string[]) =>
      node.sh(`cd /var/lib/nodeprep && stat -c '%a %U' ${paths.join(' ')} | sort -u`);
    expect(await modes(['.', 'runs', 'runs/*', 'runs/*/backup', 'runs/*/rounds', ...directories])).toBe('700 root');
    expect(await modes(payloads)).toBe('600 root');
    const mine = Object.values(ours)
      .map(secret => `-e '${secret}'`)
      .join(' ');
    expect(await node.sh(`grep -rlF ${mine} /var/lib/nodeprep /etc /run /tmp 2>/dev/null || true`)).toBe('');
    const log = await node.sh('journalctl -b --no-pager');
    expect(givenAway(log, ours)).toEqual([]);
  });
});
