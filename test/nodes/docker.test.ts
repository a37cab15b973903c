import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { baseProblem, bootNode, type LabNode, preparePods, requireLab } from '../lab/index.ts';
import { pauseArchive } from '../lab/pause.ts';
import { goProblem } from '../lab/tools.ts';
import { criDockerd, openUpstream, type UpstreamRepository } from '../lab/upstream/index.ts';
import { findingOf, hostOf } from './support/cli.ts';
import { hostState, startedAt } from './support/host-state.ts';
import { at, openWorkplace, type Workplace } from './support/workplace.ts';

const lab = requireLab() ?? (await goProblem());
const pause = 'registry.k8s.io/pause:3.10.1';
const runtime = (more: object = {}) => ({ runtime: { name: 'docker', cgroupDriver: 'systemd', ...more } });
const units = ['docker.service', 'cri-docker.socket', 'cri-docker.service', 'containerd.service'];

/** A package source with cri-dockerd, which no distribution has. */
const addBridge = async (node: LabNode): Promise<UpstreamRepository> => {
  const upstream = await openUpstream(node);
  await upstream.offer(criDockerd());
  await upstream.publish();
  await node.sh('cat >/etc/apt/keyrings/lab.asc', { input: upstream.publicKey });
  await node.sh(`echo 'deb [signed-by=/etc/apt/keyrings/lab.asc] ${upstream.flatUrl} /' >/etc/apt/sources.list.d/lab.list
    apt-get update -qq`);
  return upstream;
};

const trixie = lab ?? (await baseProblem('trixie'));

describe.skipIf(trixie)(`Docker Engine 26 with cri-dockerd${trixie ? ` (${trixie})` : ''}`, () => {
  let node: LabNode;
  let place: Workplace;
  let upstream: UpstreamRepository;
  const inventory = (driver: string, sandbox = 'auto'): string =>
    place.inventory(`${driver}-${sandbox}`, {
      host: at(node, { ...runtime({ cgroupDriver: driver }), verify: { sandbox } }),
    });
  const apply = (driver: string, sandbox?: string) => place.json(['apply', inventory(driver, sandbox), '--yes']);
  const starts = async (): Promise<readonly string[]> => Promise.all(units.map(unit => startedAt(node, unit)));
  const endpoints = (): Promise<string> =>
    node.sh(`for s in /run/containerd/containerd.sock /run/cri-dockerd.sock; do
      crictl --runtime-endpoint unix://$s info >/dev/null 2>&1 && echo "$s"; done; true`);

  beforeAll(async () => {
    place = await openWorkplace();
    node = await bootNode({
      suite: 'trixie',
      cgroup: 'v1',
      packages: ['containernetworking-plugins', 'docker-cli', 'cri-tools'],
    });
    await preparePods(node);
    // A registry that nobody answers for, whatever network there is.
    await node.sh('mount --make-rshared /; echo 127.0.0.1 registry.k8s.io >>/etc/hosts');
    upstream = await addBridge(node);
  });
  afterAll(async () => {
    await node?.remove();
    await upstream?.close();
    place?.remove();
  });

  it('comes from packages, is the only endpoint, and goes again without a trace', async () => {
    const bare = await hostState(node);
    const first = await apply('systemd');
    expect(first.stderr + JSON.stringify(hostOf(first, 'host').error ?? '')).toContain('');
    expect(hostOf(first, 'host')).toMatchObject({ outcome: 'changed' });
  });
});
