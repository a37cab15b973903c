import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootNode, bootNodes, type LabNode, PW_PASSWORD, requireLab, sshSessions, sudoAttempts } from '../lab/index.ts';
import { type CliRun, findingOf, hostOf } from './support/cli.ts';
import { hostState } from './support/host-state.ts';
import { listenOn } from './support/sshd.ts';
import { at, labSsh, openWorkplace, type Workplace } from './support/workplace.ts';

const reason = requireLab();
const otherPorts = [2201, 2202, 2203, 2204];
const ports = [22, ...otherPorts];
const wrong = 'not-the-lab-password';
const variable = 'LAB_SUDO_PASSWORD';

describe.skipIf(reason)(`root by sudo with a password${reason ? ` (${reason})` : ''}`, () => {
  let nodes: LabNode[] = [];
  let place: Workplace;
  let inventory: string;

  /** Twenty hosts: four nodes, each with five ports. */
  const hosts = () =>
    Object.fromEntries(
      nodes.flatMap((node, i) => ports.map(port => [`host-${i + 1}-${port}`, at(node, { ssh: { port } })])),
    );
  const defaults = { ssh: { ...labSsh, user: 'pw' } };
  const shared = { defaults: { ...defaults, sudo: { password: { env: variable } } } };
  const attempts = async () => Promise.all(nodes.map(node => sudoAttempts(node)));
  const newAttempts = async (before: Awaited<ReturnType<typeof attempts>>) => {
    const now = await attempts();
    const sum = (key: 'ran' | 'refused') =>
      now.reduce((total, seen, i) => total + seen[key] - (before[i]?.[key] ?? 0), 0);
    return { ran: sum('ran'), refused: sum('refused') };
  };
  const everythingSaid = ({ stdout, stderr }: { stdout: string; stderr: string }) => stdout + stderr;

  beforeAll(async () => {
    place = await openWorkplace();
    nodes = await bootNodes(4, { suite: 'trixie', files: { '/etc/ssh/sshd_config.d/lab.conf': listenOn(otherPorts) } });
    inventory = place.inventory('shared', hosts(), shared);
  });
  afterAll(async () => {
    await Promise.all(nodes.map(node => node.remove()));
    place?.remove();
  });

  const refusals = ({ run }: CliRun) => {
    const said = run.hosts.map(
      host => host.error?.message ?? host.findings.find(({ check }) => check === 'root-access')?.message ?? '',
    );
    return {
      tried: said.filter(text => /wrong|refused the password/.test(text) && !/not tried/.test(text)).length,
      notTried: said.filter(text => /not tried here/.test(text)).length,
    };
  };

  it.each([['check'], ['plan'], ['apply', '--yes']])(
    '%s tries a wrong password once, on one of twenty hosts',
    async (...command) => {
      const before = await attempts();
      const result = await place.json([...command, inventory], { env: { [variable]: wrong } });
      expect(await newAttempts(before)).toEqual({ ran: 0, refused: 1 });
      expect(result.run.hosts).toHaveLength(20);
      expect(refusals(result)).toEqual({ tried: 1, notTried: 19 });
      expect(everythingSaid(result)).not.toContain(wrong);
    },
  );

  it('becomes root everywhere with the right one', async () => {
    const before = await attempts();
    const result = await place.json(['check', inventory], { env: { [variable]: PW_PASSWORD } });
    expect(await newAttempts(before)).toMatchObject({ refused: 0 });
    const access = result.run.hosts.map(
      ({ findings }) => findings.find(({ check }) => check === 'root-access')?.status,
    );
    expect(access).toEqual(Array.from({ length: 20 }, () => 'pass'));
    expect(everythingSaid(result)).not.toContain(PW_PASSWORD);
    const verbose = await place.run(['check', inventory, '--verbose', '--record', 'recording'], {
      env: { [variable]: PW_PASSWORD },
    });
    expect(everythingSaid(verbose)).not.toContain(PW_PASSWORD);
  });

  it('says what to do where a password is wanted and none is configured, and still tells the rest', async () => {
    const node = await bootNode({ suite: 'trixie', packages: ['containerd'] });
    nodes.push(node);
    const before = await sudoAttempts(node);
    const alone = place.inventory('none', { host: at(node) }, { defaults });
    const check = hostOf(await place.json(['check', alone]), 'host');
    const access = findingOf(check, 'root-access');
    expect(access).toMatchObject({ status: 'fail', message: expect.stringContaining('none is configured') });
    expect(access.remedy).toMatch(/sudo\.password.*NOPASSWD/);
    expect(findingOf(check, 'cri-enabled')).toMatchObject({
      status: 'unknown',
      message: expect.stringContaining('root'),
    });
    expect(findingOf(check, 'ip-forward').status).toBe('fail');
    const plan = await place.json(['plan', alone]);
    expect(hostOf(plan, 'host')).toMatchObject({ state: 'failed', error: { code: 'sudo-password' } });
    expect(hostOf(plan, 'host').error?.hint).toContain('sudo.password');
    expect(plan.code).toBe(3);
    expect(await sudoAttempts(node)).toEqual(before);
  });

  it('names the variable that is not set, and asks sudo nothing', async () => {
    const before = await attempts();
    const result = await place.json(['check', inventory]);
    for (const { state, error } of result.run.hosts) {
      expect({ state, code: error?.code }).toEqual({ state: 'failed', code: 'sudo-password' });
      expect(error?.message).toContain(`environment variable ${variable} is not set`);
      expect(error?.hint).toBe(`export ${variable}, or give sudo.password another source (file, command, prompt).`);
    }
    expect(result.code).toBe(3);
    expect(await newAttempts(before)).toEqual({ ran: 0, refused: 0 });
  });

  it('prepares a node as a user whose sudo wants a password, and takes it back', async () => {
    const [node] = nodes;
    if (node === undefined) throw new Error('no node');
    const alone = place.inventory('alone', { host: at(node) }, shared);
    const env = { [variable]: PW_PASSWORD };
    const before = await hostState(node);
    const applied = await place.json(['apply', alone, '--yes'], { env });
    expect(applied.run.hosts[0]).toMatchObject({
      state: 'ok',
      outcome: 'changed',
      runtime: { cgroupDriver: 'systemd' },
    });
    expect(await node.sh(`grep -rlF ${PW_PASSWORD} /var/lib/nodeprep /etc/systemd /run 2>/dev/null || true`)).toBe('');
    expect((await place.json(['rollback', alone, '--yes'], { env })).code).toBe(0);
    expect(await hostState(node)).toEqual(before);
  });
});

describe.skipIf(reason)(`one connection${reason ? ` (${reason})` : ''}`, () => {
  it.each([
    { what: 'a host without a runtime', packages: [], commands: 1 },
    { what: 'a host whose containerd answers CRI', packages: ['containerd'], commands: 2 },
  ])('is enough to check $what, with $commands session(s) in it', async ({ packages, commands }) => {
    const place = await openWorkplace();
    const node = await bootNode({ suite: 'trixie', packages });
    try {
      await node.sh('systemctl is-system-running --wait || true');
      const inventory = place.inventory('host', { host: at(node) });
      const before = { ssh: await sshSessions(node), sudo: (await sudoAttempts(node)).ran };
      await place.json(['check', inventory]);
      expect({
        ssh: (await sshSessions(node)) - before.ssh,
        sudo: (await sudoAttempts(node)).ran - before.sudo,
      }).toEqual({ ssh: 1, sudo: commands });
    } finally {
      await node.remove();
      place.remove();
    }
  });
});
