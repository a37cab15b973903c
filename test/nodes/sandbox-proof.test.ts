import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { baseProblem, bootNode, importPause, type LabNode, preparePods, requireLab } from '../lab/index.ts';
import { hostOf } from './support/cli.ts';
import { hostState, startedAt } from './support/host-state.ts';
import { killDuringProof } from './support/killed-proof.ts';
import { at, openWorkplace, type Workplace } from './support/workplace.ts';

const reason = requireLab() ?? (await baseProblem('trixie'));
const pause = 'registry.k8s.io/pause:3.10.1';

/** The lab's wrapper around runc, which can be broken. */
const broken = '/run/lab-broken';
const wrapRunc = `sed -i '2i [ ! -e ${broken} ] || { echo "lab: no such executable" >&2; exit 1; }' /usr/sbin/runc`;

describe.skipIf(reason)(`the proof by a sandbox${reason ? ` (${reason})` : ''}`, () => {
  let node: LabNode;
  let place: Workplace;
  const inventory = (cgroupDriver: string, sandbox = 'auto'): string =>
    place.inventory(`${cgroupDriver}-${sandbox}`, {
      host: at(node, { runtime: { cgroupDriver }, verify: { sandbox } }),
    });
  const apply = (driver: string, sandbox?: string) => place.json(['apply', inventory(driver, sandbox), '--yes']);
  /** Whatever a sandbox is made of. */
  const left = (): Promise<string> =>
    node.sh(`ctr -n k8s.io containers ls -q; ctr -n k8s.io tasks ls -q; pgrep -f '[c]ontainerd-shim|[/]pause'
      ls /run/containerd/io.containerd.runtime.v2.task/k8s.io 2>/dev/null; findmnt -rno TARGET | grep sandboxes
      find /sys/fs/cgroup -name '*cri-containerd*' -o -name '*nodeprep*'; true`);
  const finding = (answer: Awaited<ReturnType<typeof apply>>) =>
    hostOf(answer, 'host').findings.find(({ check }) => check === 'sandbox-runs');

  beforeAll(async () => {
    place = await openWorkplace();
    node = await bootNode({ suite: 'trixie', cgroup: 'v1', packages: ['containerd', 'containernetworking-plugins'] });
    await preparePods(node);
    await node.sh(wrapRunc);
  });
  afterAll(async () => {
    await node?.remove();
    place?.remove();
  });

  it('is skipped with its reason where the image is not to be had, and required reverts', async () => {
    await node.sh('echo 127.0.0.1 registry.k8s.io >>/etc/hosts');
    const bare = await hostState(node);
    const required = await apply('systemd', 'required');
    expect(hostOf(required, 'host')).toMatchObject({
      outcome: 'reverted',
      error: {
        code: 'verify-failed',
        message: expect.stringMatching(/pause:3\.10\.1 is not on the host and cannot be/),
      },
    });
    expect(required.code).toBe(3);
    expect(await hostState(node)).toEqual(bare);

    const auto = await apply('systemd');
    expect(auto.code).toBe(0);
    expect(hostOf(auto, 'host').runtime?.sandbox).toBe('skipped');
    expect(finding(auto)).toMatchObject({ status: 'skip', message: expect.stringContaining('cannot be pulled') });
  });

  it.each([
    ['cgroupfs', /^\/[0-9a-f]{64}$/],
    ['systemd', /^\/system\.slice\/cri-containerd-[0-9a-f]{64}\.scope$/],
  ])('runs under %s and leaves nothing', async (driver, path) => {
    await importPause(node, [pause]);
    const answer = await apply(driver, 'required');
    expect(answer.code).toBe(0);
    expect(hostOf(answer, 'host').runtime).toMatchObject({ cgroupDriver: driver, sandbox: 'ran' });
    expect(finding(answer)).toMatchObject({ status: 'pass', observed: expect.stringMatching(path) });
    expect(await left()).toBe('');
  });

  it('reverts where no sandbox starts, with the words of the runtime', async () => {
    const before = await hostState(node);
    await node.sh(`: >${broken}`);
    const answer = await apply('cgroupfs');
    await node.sh(`rm ${broken}`);
    expect(hostOf(answer, 'host')).toMatchObject({
      outcome: 'reverted',
      error: { message: expect.stringMatching(/a pod sandbox does not start: .*OCI runtime create failed/) },
    });
    expect(await hostState(node)).toEqual(before);
    expect(await left()).toBe('');
  });

  it('leaves nothing when it is killed in between, once the run is settled', async () => {
    const before = await hostState(node);
    expect(await killDuringProof(node, place, ['apply', inventory('cgroupfs'), '--yes'])).toBe(137);
    expect(await node.sh('ctr -n k8s.io tasks ls')).toContain('RUNNING');
    const seen = await place.json(['check', inventory('systemd')]);
    const named = hostOf(seen, 'host').findings.filter(({ status }) => status === 'fail');
    expect(named.map(({ check }) => check)).toEqual(expect.arrayContaining(['unfinished-run', 'proofs-removed']));
    expect((await place.json(['recover', inventory('systemd'), '--yes'])).code).toBe(0);
    expect(await left()).toBe('');
    expect(await hostState(node)).toEqual(before);
    const started = await startedAt(node, 'containerd');
    expect((await place.json(['plan', inventory('systemd'), '--detailed-exitcode'])).code).toBe(0);
    expect(await startedAt(node, 'containerd')).toBe(started);
  });
});
