import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  baseProblem,
  bootNode,
  importPause,
  type LabNode,
  type LocalRepository,
  openRepository,
  preparePods,
  requireLab,
} from '../lab/index.ts';
import { hostOf } from './support/cli.ts';
import { hostState, startedAt } from './support/host-state.ts';
import { at, openWorkplace, type Workplace } from './support/workplace.ts';

const reason = requireLab() ?? (await baseProblem('trixie'));
const pause = 'registry.k8s.io/pause:3.10.1';
const [newer, unstartable, demanding] = ['1.7.97', '1.7.98', '1.7.99'];

/** The version is a string of the program, and as long as the other one. */
const program = (version: string): string =>
  `sed -i 's/1\\.7\\.24~ds1/${version}~ds1/g' usr/bin/containerd && usr/bin/containerd --version | grep -q ' ${version}~ds1 '`;

/**
 * What a later version may bring: a changed conffile, another conffile, another unit, and a package that takes over a file of the
 * old version and does not go together with it.
 */
const newerTree = `${program(newer)}
  sed -i 's/^Depends: /Depends: lab-extra, /' DEBIAN/control
  echo '# of the newer version' >>etc/containerd/config.toml
  echo 'new = true' >etc/containerd/lab.conf
  echo /etc/containerd/lab.conf >>DEBIAN/conffiles
  printf '[Service]\\nType=oneshot\\nExecStart=/bin/true\\n' >usr/lib/systemd/system/containerd-lab.service
  rm usr/bin/containerd-shim`;

const extra = {
  name: 'lab-extra',
  version: '1.0',
  fields: ['Breaks: containerd (<< 1.7.97)', 'Replaces: containerd (<< 1.7.97)'],
  files: { '/usr/bin/containerd-shim': '#!/bin/sh\n', '/etc/lab-extra.conf': 'a = 1\n' },
  conffiles: ['/etc/lab-extra.conf'],
};

describe.skipIf(reason)(`another version of containerd, and back${reason ? ` (${reason})` : ''}`, () => {
  let node: LabNode;
  let place: Workplace;
  let repository: LocalRepository;
  const asking = (version: string): string =>
    place.inventory(`asks-${version}`, { host: at(node, { runtime: { version } }) });
  const apply = (version: string, ...flags: string[]) => place.json(['apply', asking(version), '--yes', ...flags]);
  const plan = (version: string, ...flags: string[]) => place.json(['plan', asking(version), ...flags]);
  const rollback = () => place.json(['rollback', asking('1.7'), '--yes']);
  const container = (): Promise<string> => node.sh('ctr -n k8s.io task ls | grep still');

  beforeAll(async () => {
    place = await openWorkplace();
    node = await bootNode({
      suite: 'trixie',
      cgroup: 'v1',
      packages: ['containerd', 'containernetworking-plugins'],
    });
    repository = await openRepository(node);
    await repository.repack('containerd', newer, newerTree);
    await repository.repack(
      'containerd',
      unstartable,
      `${program(unstartable)}; sed -i '/^ExecStart=/i ExecStartPre=/bin/sh -c "echo lab: this version does not start; exit 9"' usr/lib/systemd/system/containerd.service`,
    );
    await repository.build(extra);
    await repository.publish();
    await preparePods(node);
    // As it was brought by another package; and runc is held by somebody else.
    await node.sh('apt-mark -qq auto containerd && apt-mark -qq hold runc');
    expect((await apply('1.7.24')).code).toBe(0);
    await importPause(node, [pause]);
    await node.sh(`ctr -n k8s.io run -d ${pause} still`);
  });
  afterAll(async () => {
    await node?.remove();
    place?.remove();
  });

  it('is planned as a restart that can be undone', async () => {
    const { code, run } = await plan(newer, '--detailed-exitcode');
    const host = run.hosts[0];
    expect(host?.changes[0]).toMatchObject({
      kind: 'package',
      disruption: 'restart',
      reversible: true,
      summary: expect.stringMatching(/^containerd 1\.7\.97, held \(was 1\.7\.24~ds1-6\S*, held\)$/),
    });
    expect(code).toBe(4);
  });

  it('comes and goes without a trace, and no container notices', async () => {
    const before = { state: await hostState(node), container: await container() };
    const upgraded = await apply(newer);
    expect(upgraded.code).toBe(0);
    expect(hostOf(upgraded, 'host').runtime?.version).toMatch(/^1\.7\.97/);
    const there = await hostState(node);
    expect(await container()).toBe(before.container);
    const again = await plan(newer, '--detailed-exitcode');
    expect({ code: again.code, changes: hostOf(again, 'host').changes }).toEqual({ code: 0, changes: [] });

    const back = await rollback();
    expect(back.code).toBe(0);
    expect(hostOf(back, 'host').runtime?.version).toMatch(/^1\.7\.24/);
    expect(await hostState(node)).toEqual(before.state);
    expect(await container()).toBe(before.container);

    // Where packages must not restart services, nodeprep does it.
    await node.sh(`printf '#!/bin/sh\\nexit 101\\n' >/usr/sbin/policy-rc.d && chmod +x /usr/sbin/policy-rc.d`);
    const third = await apply(newer);
    expect(third.code).toBe(0);
    expect(hostOf(third, 'host').runtime?.version).toMatch(/^1\.7\.97/);
    expect(await hostState(node)).toEqual(there);
    const backAgain = await rollback();
    expect(hostOf(backAgain, 'host').runtime?.version).toMatch(/^1\.7\.24/);
    expect(await hostState(node)).toEqual(before.state);
    await node.sh('rm /usr/sbin/policy-rc.d');
  });

  it('that does not start is taken back', async () => {
    const before = await hostState(node);
    const { code, run } = await apply(unstartable);
    expect(run.hosts[0]?.notReverted ?? []).toEqual([]);
    expect(code).toBe(3);
    expect(run.hosts[0]).toMatchObject({
      outcome: 'reverted',
      error: { message: expect.stringContaining('lab: this version does not start') },
    });
    expect(await hostState(node)).toEqual(before);
    expect(await node.sh('ctr version')).toMatch(/Version: +1\.7\.24/);
  });

  it('is not taken when a package that somebody held would have to move too', async () => {
    await repository.repack('runc', '1.1.99');
    await repository.repack(
      'containerd',
      demanding,
      `${program(demanding)}; sed -i 's/runc (>= 0.1.0~)/runc (>= 1.1.99)/' DEBIAN/control`,
    );
    await repository.publish();
    const before = await hostState(node);
    const { code, run } = await apply(demanding);
    expect(run.hosts[0]).toMatchObject({
      state: 'refused',
      error: { message: expect.stringMatching(/needs another version of runc than 1\.1\.15\S*, which is held/) },
    });
    expect(code).toBe(5);
    expect(await hostState(node)).toEqual(before);
    await node.sh('apt-mark -q unhold runc');
  });

  it('takes along what nodeprep itself holds, holds it again, and goes back', async () => {
    const held = await apply('1.7.24');
    expect(hostOf(held, 'host').changes.map(({ id }) => id)).toEqual(['hold:runc']);
    const before = await hostState(node);
    const upgraded = await apply(demanding);
    expect(hostOf(upgraded, 'host').error).toBeUndefined();
    expect(await node.sh('apt-mark showhold; dpkg-query -W runc')).toBe('containerd\nrunc\nrunc\t1.1.99');
    expect((await plan(demanding, '--detailed-exitcode')).code).toBe(0);
    expect((await rollback()).code).toBe(0);
    expect(await hostState(node)).toEqual(before);
  });

  it('whose way back is gone takes --allow-irreversible', async () => {
    await node.sh('mv /etc/apt/sources.list.d/debian.sources /root && apt-get clean && apt-get update -qq');
    const refused = await plan(newer);
    expect(hostOf(refused, 'host')).toMatchObject({
      state: 'refused',
      error: { message: expect.stringContaining('cannot be undone') },
    });
    expect(hostOf(refused, 'host').changes[0]).toMatchObject({ reversible: false });
    expect([refused.code, (await apply(newer)).code]).toEqual([5, 5]);
    const admitted = await apply(newer, '--allow-irreversible');
    expect(admitted.code).toBe(0);
    expect(hostOf(admitted, 'host').runtime?.version).toMatch(/^1\.7\.97/);

    const started = await startedAt(node, 'containerd');
    const back = await rollback();
    expect(back.code).toBe(5);
    expect(hostOf(back, 'host')).toMatchObject({
      state: 'refused',
      error: { message: expect.stringContaining('old versions were not to be had: containerd 1.7.24') },
    });
    expect(await startedAt(node, 'containerd')).toBe(started);
  });

  it('that is older is refused by name', async () => {
    const { code, run } = await apply('1.7.24');
    expect(code).toBe(5);
    expect(run.hosts[0]?.error?.message).toContain('does not downgrade');
  });
});
