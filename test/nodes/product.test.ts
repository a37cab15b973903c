import { readFileSync, statSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { baseProblem, bootNode, type LabNode, requireLab, SUITES } from '../lab/index.ts';
import { errorsOf, hostOf } from './support/cli.ts';
import { hostState } from './support/host-state.ts';
import { dumped, type Journey, journey } from './support/journey.ts';
import { at, openWorkplace, type Workplace } from './support/workplace.ts';

const reason = requireLab();
const pause = 'registry.k8s.io/pause:3.10.1';
const problems = Object.fromEntries(
  await Promise.all(SUITES.map(async suite => [suite, reason ?? (await baseProblem(suite))] as const)),
);
const expected = {
  bookworm: { version: /^1\.6\./, driverFrom: 'Status' },
  trixie: { version: /^1\.7\./, driverFrom: 'Status' },
  sid: { version: /^2\./, driverFrom: 'RuntimeConfig' },
} as const;

describe.skipIf(reason)(`from a bare host to a node and back${reason ? ` (${reason})` : ''}`, () => {
  const journeys = new Map<string, Journey>();
  const nodes: LabNode[] = [];
  let place: Workplace;

  beforeAll(async () => {
    place = await openWorkplace();
    const usable = SUITES.filter(suite => problems[suite] === undefined);
    // The suites do not depend on each other; one after the other they would take three times as long.
    await Promise.all(
      usable.map(async suite => {
        const node = await bootNode({ suite });
        nodes.push(node);
        journeys.set(suite, await journey(node, place));
      }),
    );
  });
  afterAll(async () => {
    await Promise.all(nodes.map(node => node.remove()));
    place?.remove();
  });

  describe.each(SUITES.map(suite => [suite, problems[suite]] as const))('%s', (suite, problem) => {
    const on = () => {
      const found = journeys.get(suite);
      if (found === undefined) throw new Error(`no journey on ${suite}`);
      return found;
    };

    it.skipIf(problem)('is found wanting, by name', () => {
      const { code, host, run } = on().step('first check');
      expect(errorsOf(host)).toEqual(['ip-forward', 'ip-forward-at-boot', 'runtime-installed']);
      expect(host.findings.filter(({ status }) => status === 'unknown')).toEqual([]);
      expect(host).toMatchObject({ state: 'ok', changes: [] });
      expect(host).not.toHaveProperty('runtime');
      expect({ code, exitCode: run.exitCode }).toEqual({ code: 1, exitCode: 1 });
    });

    it.skipIf(problem)('has a plan with its later rounds', () => {
      const { code, host } = on().step('first plan');
      expect(host.changes.map(({ kind, target }) => `${kind} ${target}`)).toEqual([
        'sysctl net.ipv4.ip_forward',
        'file /etc/sysctl.d/99-zz-nodeprep.conf',
        'package containerd',
        expect.stringMatching(/^later .*config\.toml$/),
        expect.stringMatching(/^later .*config\.toml$/),
        expect.stringMatching(/^later .*config\.toml$/),
        'later containerd.service',
      ]);
      const settings = host.changes.map(({ summary }) => summary).join('\n');
      for (const text of ['SystemdCgroup = true', pause, 'CRI plugin enabled']) expect(settings).toContain(text);
      expect(code).toBe(0);
      expect(on().step('first plan, detailed').code).toBe(4);
    });

    it.skipIf(problem)('is changed by apply, and proved over CRI', () => {
      const { code, host } = on().step('first apply');
      expect(host).toMatchObject({ state: 'ok', outcome: 'changed' });
      expect(new Set(host.changes.map(({ status }) => status))).toEqual(new Set(['done']));
      expect(errorsOf(host)).toEqual([]);
      expect(host.runtime).toMatchObject({
        name: 'containerd',
        version: expect.stringMatching(expected[suite].version),
        endpoint: expect.stringContaining('/run/containerd/containerd.sock'),
        cgroupDriver: 'systemd',
        cgroupDriverFrom: expected[suite].driverFrom,
        sandboxImage: pause,
      });
      expect(code).toBe(0);
    });

    it.skipIf(problem)('is in order afterwards: check is content, the plan is empty', () => {
      const check = on().step('second check');
      expect(errorsOf(check.host)).toEqual([]);
      expect(check.host.findings.filter(({ status }) => status === 'unknown')).toEqual([]);
      expect(check.code).toBe(0);
      const plan = on().step('second plan');
      expect(plan.host.changes).toEqual([]);
      expect(plan.code).toBe(0);
    });

    it.skipIf(problem)('says the same when asked without nodeprep', () => {
      const { dump, forward } = on().inForce;
      const config = dumped(dump);
      expect(config.systemdCgroup('runc')).toBe(true);
      expect(config.sandboxImage).toBe(pause);
      expect(config.disabled).toEqual([]);
      // Debian ships the plugins of containernetworking-plugins there; losing it would break every pod network of the package.
      expect(config.cniBinDirs).toEqual(['/usr/lib/cni']);
      expect(forward).toBe('1');
      expect(on().step('second check').host.runtime).toEqual(on().step('first apply').host.runtime);
    });

    it.skipIf(problem)('is left alone by a second apply', () => {
      const { code, host } = on().step('second apply');
      expect({ code, outcome: host.outcome, changes: host.changes }).toEqual({
        code: 0,
        outcome: 'unchanged',
        changes: [],
      });
      expect(on().containerdStarted.after).toBe(on().containerdStarted.before);
    });

    it.skipIf(problem)('is as it was after rollback', () => {
      const { code, host } = on().step('rollback');
      expect({ code, outcome: host.outcome }).toEqual({ code: 0, outcome: 'changed' });
      expect(host).not.toHaveProperty('runtime');
      expect(on().states.restored).toEqual(on().states.bare);
    });

    it.skipIf(problem)('has nothing to roll back twice', () => {
      const { code, host } = on().step('rollback again');
      expect({ code, outcome: host.outcome }).toEqual({ code: 0, outcome: 'unchanged' });
    });

    it.skipIf(problem)('becomes the same node again', () => {
      const { code, host } = on().step('third apply');
      expect({ code, outcome: host.outcome, errors: errorsOf(host) }).toEqual({
        code: 0,
        outcome: 'changed',
        errors: [],
      });
      expect(host.runtime).toEqual(on().step('first apply').host.runtime);
      expect(on().states.preparedAgain).toEqual(on().states.prepared);
    });

    it.skipIf(problem)('keeps no trace of check and plan', () => {
      expect(on().touched).toEqual({ bare: [], prepared: [] });
    });
  });
});

describe.skipIf(problems.trixie)(`trixie${problems.trixie ? ` (${problems.trixie})` : ''}`, () => {
  let nodes: { readonly pinned: LabNode; readonly planned: LabNode };
  let place: Workplace;

  beforeAll(async () => {
    place = await openWorkplace();
    const [pinned, planned] = await Promise.all([bootNode({ suite: 'trixie' }), bootNode({ suite: 'trixie' })]);
    nodes = { pinned, planned };
  });
  afterAll(async () => {
    await Promise.all(Object.values(nodes ?? {}).map(node => node.remove()));
    place?.remove();
  });

  it('refuses a version that is not on offer, and names what is', async () => {
    const inventory = place.inventory('future', { host: at(nodes.pinned, { runtime: { version: '9.9' } }) });
    const before = await hostState(nodes.pinned);
    const offered = await nodes.pinned.sh("apt-cache policy containerd | awk '/Candidate/ { print $2 }'");
    for (const command of [['plan'], ['apply', '--yes']]) {
      const result = await place.json([...command, inventory]);
      const host = hostOf(result, 'host');
      expect(host).toMatchObject({ state: 'refused', error: { code: 'plan-refused' } });
      expect(host.error?.message).toContain('9.9');
      expect(host.error?.message).toContain(offered);
      expect(result.code).toBe(5);
    }
    expect(await hostState(nodes.pinned)).toEqual(before);
  });

  it('gets the version that is asked for, held, and gives the hold back', async () => {
    const inventory = place.inventory('pinned', { host: at(nodes.pinned, { runtime: { version: '1.7' } }) });
    const before = await hostState(nodes.pinned);
    const applied = await place.json(['apply', inventory, '--yes']);
    expect(hostOf(applied, 'host')).toMatchObject({
      outcome: 'changed',
      runtime: { version: expect.stringMatching(/^1\.7\./) },
    });
    expect(applied.code).toBe(0);
    expect(await nodes.pinned.sh('apt-mark showhold')).toBe('containerd\nrunc');
    expect((await place.json(['plan', inventory, '--detailed-exitcode'])).code).toBe(0);
    expect((await place.json(['rollback', inventory, '--yes'])).code).toBe(0);
    expect(await hostState(nodes.pinned)).toEqual(before);
  });

  it('refuses a saved plan once the host was changed by hand, names what differs, and changes nothing', async () => {
    const inventory = place.inventory('saved', { host: at(nodes.planned) });
    const plan = place.path('plan.json');
    expect((await place.json(['plan', inventory, '--out', plan])).code).toBe(0);
    expect(statSync(plan).mode & 0o777).toBe(0o600);
    await nodes.planned.sh('echo "# mine" >/etc/sysctl.d/99-zz-nodeprep.conf');
    const before = await hostState(nodes.planned);
    const refused = await place.json(['apply', inventory, '--plan', plan, '--yes']);
    expect(hostOf(refused, 'host')).toMatchObject({ state: 'refused', outcome: 'unchanged' });
    expect(hostOf(refused, 'host').error?.message).toContain('/etc/sysctl.d/99-zz-nodeprep.conf');
    expect(refused.code).toBe(5);
    expect(await hostState(nodes.planned)).toEqual(before);
    await nodes.planned.sh('rm /etc/sysctl.d/99-zz-nodeprep.conf');
  });

  it('refuses a plan that was saved for another inventory', async () => {
    const inventory = place.inventory('other', { host: at(nodes.planned), more: at(nodes.pinned) });
    const result = await place.run(['apply', inventory, '--plan', place.path('plan.json'), '--yes']);
    expect(result.stderr).toContain('another inventory');
    expect(result.code).toBe(5);
  });

  it('does exactly what a saved plan says, later rounds included', async () => {
    const inventory = place.path('saved.yaml');
    const plan = place.path('plan.json');
    const saved = JSON.parse(readFileSync(plan, 'utf8')) as { hosts: { host: { changes: { id: string }[] } } };
    const applied = await place.json(['apply', inventory, '--plan', plan, '--yes']);
    const host = hostOf(applied, 'host');
    expect(host).toMatchObject({ state: 'ok', outcome: 'changed' });
    expect(host.changes.map(({ id }) => id)).toEqual(
      expect.arrayContaining(saved.hosts.host.changes.map(({ id }) => id)),
    );
    expect(applied.code).toBe(0);
    expect((await place.json(['apply', inventory, '--plan', plan, '--yes'])).run.hosts[0]?.outcome).toBe('unchanged');
  });

  it('asks before it changes anything: without a terminal and --yes it does nothing', async () => {
    const before = await hostState(nodes.pinned);
    const inventory = place.path('pinned.yaml');
    for (const command of ['apply', 'rollback', 'recover']) {
      const result = await place.run([command, inventory]);
      expect(result.stderr).toContain('--yes');
      expect(result.stdout).toBe('');
      expect(result.code).toBe(2);
    }
    expect(await hostState(nodes.pinned)).toEqual(before);
  });
});
