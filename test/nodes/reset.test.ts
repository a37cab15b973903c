import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ArchiveServer, crioArchive, type LabArchive, openArchiveServer } from '../lab/archives.ts';
import { baseProblem, bootNode, type LabNode, type LocalRepository, openRepository, requireLab } from '../lab/index.ts';
import { crioProblem } from '../lab/upstream/index.ts';
import { type CliRun, hostOf } from './support/cli.ts';
import { hostState, stateChanges } from './support/host-state.ts';
import { at, openWorkplace, type Workplace } from './support/workplace.ts';

const isMatrix = process.env.NODEPREP_MATRIX === '1';
const reason = isMatrix ? (requireLab() ?? (await baseProblem('trixie'))) : 'a part of npm run test:matrix';

const crioReason = reason ?? (await crioProblem());

describe.skipIf(reason)(`a host is reset${reason ? ` (${reason})` : ''}`, () => {
  let node: LabNode;
  let place: Workplace;
  let repository: LocalRepository;

  const asking = (name: string, runtime: object = {}): string =>
    place.inventory(name, { host: at(node, { runtime, verify: { sandbox: 'off' } }) });
  const run = (command: string, file: string): Promise<CliRun> => place.json([command, file, '--yes']);
  const applied = async (name: string, runtime: object = {}): Promise<void> => {
    const answer = await run('apply', asking(name, runtime));
    expect(hostOf(answer, 'host')).toMatchObject({ state: 'ok', outcome: 'changed' });
  };
  const mirror = (number: number) => ({
    registryMirrors: { 'registry.example.com': [`http://10.9.9.${number}:5000`] },
  });
  const reset = () => run('reset', asking('reset'));

  beforeAll(async () => {
    place = await openWorkplace();
    node = await bootNode({ suite: 'trixie' });
    repository = await openRepository(node);
    await repository.build({
      name: 'lab-builder',
      version: '1.0',
      fields: ['Depends: runc'],
      files: { '/usr/bin/lab-builder': '#!/bin/sh\n' },
    });
    await repository.publish();
    await node.sh('apt-get -qq update; systemctl is-system-running --wait || true');
  });
  afterAll(async () => {
    await node?.remove();
    place?.remove();
  });

  it('to what was there before seven runs, of which two are kept by the ledger alone', async () => {
    await node.sh('mkdir -p /etc/containerd && echo ours >/etc/containerd/notes');
    const bare = await hostState(node);
    await applied('bare');
    for (const number of [1, 2, 3, 4, 5]) await applied(`mirror-${number}`, mirror(number));
    await applied('driver', { ...mirror(5), sandboxImage: 'registry.k8s.io/pause:3.9' });
    expect(await node.sh('ls /var/lib/nodeprep/runs | wc -l; ls /var/lib/nodeprep/ledger | wc -l')).toBe('5\n2');
    const prepared = await hostState(node);

    await node.sh('mkdir -p /etc/kubernetes && touch /etc/kubernetes/kubelet.conf');
    const joined = await reset();
    expect(joined.code).toBe(5);
    expect(hostOf(joined, 'host')).toMatchObject({
      ...{ state: 'refused', outcome: 'unchanged' },
      error: { code: 'joined-node', hint: expect.stringContaining('kubeadm reset') },
    });
    await node.sh('rm -r /etc/kubernetes');
    await node.sh('mkdir -p /run/containerd/io.containerd.runtime.v2.task/default/web');
    const foreign = await reset();
    expect({ code: foreign.code, message: hostOf(foreign, 'host').error?.message }).toEqual({
      code: 5,
      message: 'containerd runs containers that Kubernetes does not own, and they would stop: default/web',
    });
    await node.sh('rmdir /run/containerd/io.containerd.runtime.v2.task/default/web');
    expect(stateChanges(prepared, await hostState(node))).toEqual([]);

    const done = await reset();
    expect(hostOf(done, 'host').error).toBeUndefined();
    expect(done.code).toBe(0);
    expect(hostOf(done, 'host')).toMatchObject({ state: 'ok', outcome: 'changed' });
    expect(hostOf(done, 'host').changes.filter(({ status }) => status !== 'done')).toEqual([]);
    expect(stateChanges(bare, await hostState(node))).toEqual([]);

    const again = await reset();
    expect(again.code).toBe(0);
    expect(hostOf(again, 'host')).toMatchObject({ outcome: 'unchanged', changes: [] });
  });

  it('keeps what others have changed or need, and says so; killed in the middle it goes on', async () => {
    const bare = await hostState(node);
    await applied('bare');
    await node.sh(`apt-get -qq install lab-builder >/dev/null 2>&1
      echo '# mine' >>/etc/sysctl.d/99-zz-nodeprep.conf
      systemctl stop containerd`);
    await node.sh('echo 20 >/var/lib/nodeprep/stop-at');
    const killed = await reset();
    expect({ code: killed.code, error: hostOf(killed, 'host').error?.code }).toEqual({
      code: 3,
      error: 'unfinished-run',
    });
    await node.sh('rm /var/lib/nodeprep/stop-at');
    const recovered = await run('recover', asking('reset'));
    expect(recovered.code).toBe(0);
    const left = hostOf(recovered, 'host').notReverted?.join('\n');
    expect(left).toContain('/etc/sysctl.d/99-zz-nodeprep.conf was changed by somebody else');
    expect(left).toContain('package runc stays: lab-builder needs it');
    const packages = stateChanges(bare, await hostState(node)).filter(line => line.startsWith('packages'));
    expect(packages.map(line => line.split(' ').slice(1, 3).join(' ')).toSorted()).toEqual(['+ lab-builder', '+ runc']);
    expect(await node.sh('cat /etc/sysctl.d/99-zz-nodeprep.conf')).toContain('# mine');
    expect(await node.sh('apt-mark showhold; runc --version | head -n 1')).toMatch(/^runc version/);
  });
});

describe.skipIf(crioReason)(`CRI-O from its static bundle is reset${crioReason ? ` (${crioReason})` : ''}`, () => {
  let node: LabNode;
  let place: Workplace;
  let server: ArchiveServer;
  let bundle: LabArchive;

  beforeAll(async () => {
    place = await openWorkplace();
    node = await bootNode({ suite: 'trixie', cgroup: 'v1', packages: ['iptables', 'libyajl2', 'libglib2.0-0t64'] });
    bundle = await crioArchive(node);
    server = await openArchiveServer([bundle]);
    await node.sh('systemctl start network-online.target');
  });
  afterAll(async () => {
    await node?.remove();
    server?.close();
    place?.remove();
  });

  it('with its archive, unit and drop-ins; what somebody has put beside them stays', async () => {
    const state = async () => ({
      ...(await hostState(node)),
      enablement: await node.sh(`find /usr/local /usr/libexec /opt -printf '%p %y %m %U %G %l\\n' 2>/dev/null | sort
        find /usr/local /usr/libexec /opt -type f -exec sha256sum {} + | sort -k 2`),
    });
    await node.sh('mkdir -p /usr/libexec/crio && echo mine >/usr/libexec/crio/mine');
    const bare = await state();
    const archives = { crio: { url: server.url(bundle), sha256: bundle.sha256 } };
    const wish = { name: 'cri-o', source: 'archive', archives, cgroupDriver: 'cgroupfs' };
    for (const number of [1, 2, 3, 4, 5, 6]) {
      const registryMirrors = { 'registry.example.com': [`http://10.9.9.${number}:5000`] };
      const runtime = { ...wish, ...(number === 1 ? {} : { registryMirrors }) };
      const inventory = place.inventory(`run-${number}`, { host: at(node, { runtime, verify: { sandbox: 'off' } }) });
      const answer = await place.json(['apply', inventory, '--yes']);
      expect(hostOf(answer, 'host')).toMatchObject({ state: 'ok', outcome: 'changed' });
    }
    expect(await node.sh('ls /var/lib/nodeprep/ledger | wc -l')).toBe('1');
    const inventory = place.inventory('reset', { host: at(node, { runtime: wish }) });
    const done = await place.json(['reset', inventory, '--yes']);
    expect(hostOf(done, 'host').error).toBeUndefined();
    expect(done.code).toBe(0);
    expect(stateChanges(bare, await state())).toEqual([]);
    expect((await place.json(['apply', inventory, '--yes'])).run.hosts[0]).toMatchObject({
      state: 'ok',
      outcome: 'changed',
    });
  });
});
