import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { baseProblem, bootNode, type LabNode, preparePods, requireLab } from '../lab/index.ts';
import { politeArchive } from '../lab/pause.ts';
import { goProblem } from '../lab/tools.ts';
import { criDockerd, openUpstream, type UpstreamRepository } from '../lab/upstream/index.ts';
import { findingOf, hostOf } from './support/cli.ts';
import { dockerLeftovers } from './support/docker-leftovers.ts';
import { type HostState, hostState, startedAt, stateChanges } from './support/host-state.ts';
import { killDuringProof } from './support/killed-proof.ts';
import './support/matrix/cell.ts';
import { trustUpstream } from './support/trust-upstream.ts';
import { at, openWorkplace, type Workplace } from './support/workplace.ts';

const isMatrix = process.env.NODEPREP_MATRIX === '1';
const lab = requireLab() ?? (await goProblem());
const pause = 'registry.k8s.io/pause:3.10.1';
const foreign = (driver: string): string =>
  `{\n\t"log-driver": "local",\n\t"exec-opts": ["native.cgroupdriver=${driver}"],\n\t"debug": false\n}\n`;
const units = ['docker.service', 'cri-docker.socket', 'cri-docker.service', 'containerd.service'];

/** A package source with cri-dockerd, which no distribution has. */
const addCriDockerd = async (node: LabNode): Promise<UpstreamRepository> => {
  const upstream = await openUpstream(node);
  await upstream.offer(criDockerd());
  await upstream.publish();
  await trustUpstream(node, upstream);
  return upstream;
};

const trixie = lab ?? (await baseProblem('trixie'));

describe.skipIf(trixie)(`Docker Engine 26 with cri-dockerd${trixie ? ` (${trixie})` : ''}`, () => {
  let node: LabNode;
  let place: Workplace;
  let upstream: UpstreamRepository;
  let bare: HostState;
  const inventory = (cgroupDriver: string, sandbox = 'auto'): string =>
    place.inventory(`${cgroupDriver}-${sandbox}`, {
      host: at(node, { runtime: { name: 'docker', cgroupDriver }, verify: { sandbox } }),
    });
  const apply = (driver: string, sandbox?: string) => place.json(['apply', inventory(driver, sandbox), '--yes']);
  const starts = (): Promise<readonly string[]> => Promise.all(units.map(unit => startedAt(node, unit)));
  const put = (text: string): Promise<string> =>
    node.sh('mkdir -p /etc/docker && cat >/etc/docker/daemon.json', { input: text });
  const daemonJson = (): Promise<string> => node.sh('cat /etc/docker/daemon.json; echo .');

  beforeAll(async () => {
    place = await openWorkplace();
    node = await bootNode({ suite: 'trixie', cgroup: 'v1', packages: ['containernetworking-plugins', 'docker-cli'] });
    await preparePods(node);
    // A registry that nobody answers for, whatever network there is. Docker shares its mounts with the host.
    await node.sh('mount --make-rshared /; echo 127.0.0.1 registry.k8s.io >>/etc/hosts');
    upstream = await addCriDockerd(node);
    await put(foreign('cgroupfs'));
    bare = await hostState(node);
  });
  afterAll(async () => {
    await node?.remove();
    await upstream?.close();
    place?.remove();
  });

  it('comes from packages, keeps what daemon.json says otherwise, and is the only endpoint', async () => {
    const first = await apply('systemd');
    expect(hostOf(first, 'host').error).toBeUndefined();
    expect(hostOf(first, 'host')).toMatchObject({
      outcome: 'changed',
      runtime: { name: 'docker', cgroupDriver: 'systemd', cgroupDriverFrom: 'RuntimeConfig', sandboxImage: pause },
    });
    expect(first.code).toBe(0);
    expect(await daemonJson()).toBe(`${foreign('systemd')}.`);
    expect(await node.sh('docker info -f "{{.CgroupDriver}} {{.LoggingDriver}}"')).toContain('systemd local');
    expect(findingOf(hostOf(first, 'host'), 'single-cri-endpoint').status).toBe('pass');
    expect(await node.sh('systemctl is-active containerd')).toContain('active');
    const before = await starts();
    const second = await place.json(['plan', inventory('systemd'), '--detailed-exitcode']);
    expect(hostOf(second, 'host').changes).toEqual([]);
    expect(second.code).toBe(0);
    expect(await starts()).toEqual(before);
  });

  it.runIf(isMatrix)('CNI takes the place of another network plugin of its unit, or is refused by name', async () => {
    const directory = '/etc/systemd/system/cri-docker.service.d';
    const own = `${directory}/90-nodeprep.conf`;
    const argv = (): Promise<string> =>
      node.sh('tr "\\0" " " </proc/"$(systemctl show -P MainPID cri-docker)"/cmdline');
    const restart = 'systemctl daemon-reload && systemctl restart cri-docker';
    const input = `[Service]\nExecStart=\nExecStart=${await argv()}--network-plugin=no-op --cni-conf-dir=/etc/cni/net.d\n`;
    const late = `${directory}/99-site.conf`;
    await node.sh(`cat >${late} && ${restart}`, { input });
    const refused = await apply('systemd');
    expect(refused.code).toBe(5);
    expect(hostOf(refused, 'host').error?.message).toMatch(/99-site\.conf:3 .* without --network-plugin=cni/);
    await node.sh(`cp -p ${own} /root && rm ${own} && mv ${late} ${directory}/50-site.conf && ${restart}`);
    expect(await argv()).toContain('--network-plugin=no-op');
    const planned = await place.json(['plan', inventory('systemd')]);
    expect(findingOf(hostOf(planned, 'host'), 'cri-dockerd-flags')).toMatchObject({
      ...{ status: 'fail', observed: `--network-plugin=no-op in ${directory}/50-site.conf:3` },
    });
    const before = await hostState(node);
    const applied = await apply('systemd');
    expect({ code: applied.code, error: hostOf(applied, 'host').error }).toEqual({ code: 0, error: undefined });
    expect(await argv()).toMatch(/--network-plugin=cni\b/);
    expect(await argv()).not.toContain('no-op');
    expect((await place.json(['plan', inventory('systemd'), '--detailed-exitcode'])).code).toBe(0);
    expect((await place.json(['rollback', inventory('systemd'), '--yes'])).code).toBe(0);
    expect(stateChanges(before, await hostState(node))).toEqual([]);
    await node.sh(`rm ${directory}/50-site.conf && cp -p /root/90-nodeprep.conf ${own} && ${restart}`);
  });

  it('runs a sandbox where the planned driver puts it', async () => {
    await node.sh('docker load', { input: politeArchive([pause]) });
    const answer = await apply('cgroupfs', 'required');
    expect(hostOf(answer, 'host').error).toBeUndefined();
    expect(hostOf(answer, 'host').runtime).toMatchObject({ cgroupDriver: 'cgroupfs', sandbox: 'ran' });
    expect(findingOf(hostOf(answer, 'host'), 'sandbox-runs')).toMatchObject({
      status: 'pass',
      observed: expect.stringMatching(/^\/[0-9a-f]{64}$/),
    });
    expect(await node.sh('docker ps -aq; find /sys/fs/cgroup -maxdepth 3 -name "*nodeprep*"')).toBe('');
  });

  it.each([
    ['that is not JSON', '{\n  "debug": true,\n}\n', /daemon\.json:3:1: a key in double quotes is expected here/],
    [
      'that contradicts the unit',
      '{ "hosts": ["fd://"] }',
      /has the key "hosts", and \/usr\/lib\/systemd\/system\/docker\.service:\d+ gives dockerd --host/,
    ],
  ])('leaves a daemon.json alone %s', async (_, text, message) => {
    const [right, before] = [await daemonJson(), await starts()];
    await put(text);
    const answer = await apply('systemd');
    expect(answer.code).toBe(5);
    expect(hostOf(answer, 'host')).toMatchObject({
      state: 'refused',
      error: { message: expect.stringMatching(message) },
    });
    expect(await daemonJson()).toBe(`${text}.`);
    await put(right.slice(0, -1));
    expect(await starts()).toEqual(before);
  });

  it.runIf(isMatrix)('leaves nothing of a proof that was killed in between', async () => {
    const state = await hostState(node);
    expect(await killDuringProof(node, place, ['apply', inventory('systemd', 'required'), '--yes'])).toBe(137);
    expect(await node.sh('docker ps -q | wc -l')).toBe('1');
    expect((await place.json(['recover', inventory('cgroupfs'), '--yes'])).code).toBe(0);
    expect(
      await node.sh(`docker ps -aq; pgrep -f '[c]ontainerd-shim|^/pause'; ls /var/lib/cri-dockerd/sandbox
      find /sys/fs/cgroup -name '*nodeprep*' -o -name 'docker-*.scope'; true`),
    ).toBe('');
    expect(stateChanges(state, await hostState(node))).toEqual([]);
    const again = await place.json(['plan', inventory('cgroupfs'), '--detailed-exitcode']);
    expect(hostOf(again, 'host').changes.map(({ id, because }) => [id, because])).toEqual([]);
    expect(again.code).toBe(0);
  });

  it('goes again without a trace', async () => {
    for (const run of ['second', 'first']) {
      const answer = await place.json(['rollback', inventory('systemd'), '--yes']);
      expect(`${run}: ${hostOf(answer, 'host').error?.message ?? 'fine'}`).toBe(`${run}: fine`);
    }
    const lost = stateChanges(bare, await hostState(node)).filter(change => !dockerLeftovers.test(change));
    expect(lost).toEqual([]);
  });
});

const bookworm = lab ?? (await baseProblem('bookworm'));

describe.skipIf(bookworm)(`Docker Engine 20.10${bookworm ? ` (${bookworm})` : ''}`, () => {
  it('is refused in the plan, with cri-dockerd named and the ways out', async ({ task }) => {
    const place = await openWorkplace();
    const node = await bootNode({ suite: 'bookworm' });
    const upstream = await addCriDockerd(node);
    try {
      const inventory = place.inventory('old', { host: at(node, { runtime: { name: 'docker' } }) });
      const { code, ...answer } = await place.json(['plan', inventory]);
      expect(code).toBe(5);
      expect(hostOf({ code, ...answer }, 'host').error).toMatchObject({
        message: expect.stringMatching(
          /Docker Engine 20\.10\.\d+ and cri-dockerd 0\.4\.0 .* needs API 1\.42, this engine speaks 1\.41/,
        ),
        hint: expect.stringMatching(/23\.0 or newer.*0\.3\.17.*containerd/),
      });
      task.meta.matrixCell = {
        ...{ runtime: 'docker.io 20.10, cri-dockerd as package', source: 'distribution', suite: 'bookworm' },
        ...{ state: 'bare', refused: 'its API is older than cri-dockerd needs' },
      };
    } finally {
      await node.remove();
      await upstream.close();
      place.remove();
    }
  });
});
