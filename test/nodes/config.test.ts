import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askCri } from '../../src/cri/ask-cri.ts';
import { shellConnection } from '../cri/shell-connection.ts';
import { baseProblem, bootNode, type LabNode, requireLab, SUITES, sshArgs } from '../lab/index.ts';
import { errorsOf, findingOf, hostOf } from './support/cli.ts';
import {
  configPath,
  dockerChanged,
  dockerConfig,
  lostLines,
  nvidiaChanged,
  nvidiaConfig,
  putConfig,
  refusingDropIn,
} from './support/containerd-files.ts';
import { hostState, startedAt } from './support/host-state.ts';
import { dumped, readInForce } from './support/journey.ts';
import { at, openWorkplace, type Workplace } from './support/workplace.ts';

const reason = requireLab();
const pause = 'registry.k8s.io/pause:3.10.1';
const sh = (node: LabNode, command: string): Promise<string> => node.sh(command);
const readConfig = (node: LabNode): Promise<string> => sh(node, `cat ${configPath}; echo .`);
const restart = (node: LabNode): Promise<string> =>
  sh(node, 'systemctl restart containerd && systemctl is-active containerd');

/** What the daemon has in memory, asked past nodeprep's commands. */
const handlersInForce = async (node: LabNode): Promise<Record<string, boolean>> => {
  const answer = await askCri(
    shellConnection(['ssh', '-T', ...sshArgs('root', node.address), 'sh -s']),
    '/run/containerd/containerd.sock',
    { timeoutMs: 30_000 },
  );
  if (!answer.answered) throw new Error(answer.reason);
  const { runtimes } = (
    answer.config as { containerd: { runtimes: Record<string, { options: { SystemdCgroup?: boolean } }> } }
  ).containerd;
  return Object.fromEntries(
    Object.entries(runtimes).map(([name, { options }]) => [name, options.SystemdCgroup === true]),
  );
};

for (const suite of SUITES) {
  const problem = reason ?? (await baseProblem(suite));
  describe.skipIf(problem)(
    `containerd of ${suite} with a configuration of its own${problem ? ` (${problem})` : ''}`,
    { concurrent: true },
    () => {
      let node: LabNode;
      let place: Workplace;
      let inventory: string;
      const apply = async () => {
        const result = await place.json(['apply', inventory, '--yes']);
        return { code: result.code, host: hostOf(result, 'host') };
      };
      const rollback = async () => {
        const result = await place.json(['rollback', inventory, '--yes']);
        return { code: result.code, outcome: hostOf(result, 'host').outcome };
      };
      const planned = async () => hostOf(await place.json(['plan', inventory]), 'host').changes;

      beforeAll(async () => {
        place = await openWorkplace();
        node = await bootNode({ suite, packages: ['containerd'] });
        inventory = place.inventory('host', { host: at(node) });
        await sh(node, 'systemctl is-system-running --wait || true');
      });
      afterAll(async () => {
        await node?.remove();
        place?.remove();
      });

      it.sequential('keeps what others wrote, sets both handlers, and gives every byte back', async () => {
        await putConfig(node, nvidiaConfig);
        await restart(node);
        const before = { state: await hostState(node), text: await readConfig(node) };
        const check = hostOf(await place.json(['check', inventory]), 'host');
        expect(findingOf(check, 'cri-enabled')).toMatchObject({
          status: 'fail',
          severity: 'error',
          fixedByApply: true,
        });

        const { code, host } = await apply();
        expect({ code, outcome: host.outcome, errors: errorsOf(host) }).toEqual({
          code: 0,
          outcome: 'changed',
          errors: [],
        });
        expect(host.runtime).toMatchObject({ cgroupDriver: 'systemd', sandboxImage: pause });
        expect(lostLines(before.text, await readConfig(node))).toEqual(nvidiaChanged);
        expect(await readConfig(node)).toContain('SystemdCgroup = true # set by kickstart');
        expect(await sh(node, `stat -c '%a %U:%G' ${configPath}`)).toBe('640 root:adm');

        expect(await handlersInForce(node)).toEqual({ runc: true, nvidia: true });
        const { dump } = await readInForce(node);
        const config = dumped(dump);
        expect([config.systemdCgroup('runc'), config.systemdCgroup('nvidia')]).toEqual([true, true]);
        expect(config.sandboxImage).toBe(pause);
        expect(config.setting('containerd', 'default_runtime_name')).toBe('nvidia');
        expect(config.image('max_concurrent_downloads')).toBe(7);
        expect(config.image('registry', 'config_path')).toBe('/etc/containerd/certs.d');
        expect(dump).toMatchObject({ oom_score: -999, grpc: { max_recv_message_size: 33554432 } });
        expect(await planned()).toEqual([]);

        expect(await rollback()).toEqual({ code: 0, outcome: 'changed' });
        expect(await readConfig(node)).toBe(before.text);
        expect(await hostState(node)).toEqual(before.state);
      });

      it.sequential("puts CRI back into Docker's file", async () => {
        await putConfig(node, dockerConfig);
        await restart(node);
        const before = { state: await hostState(node), text: await readConfig(node) };
        const { code, host } = await apply();
        expect({ code, outcome: host.outcome, errors: errorsOf(host) }).toEqual({
          code: 0,
          outcome: 'changed',
          errors: [],
        });
        expect(host.runtime).toMatchObject({ cgroupDriver: 'systemd', sandboxImage: pause });
        expect(lostLines(before.text, await readConfig(node))).toEqual(dockerChanged);
        expect(await handlersInForce(node)).toEqual({ runc: true });
        expect(await planned()).toEqual([]);
        expect(await rollback()).toEqual({ code: 0, outcome: 'changed' });
        expect(await readConfig(node)).toBe(before.text);
        expect(await hostState(node)).toEqual(before.state);
      });

      it.sequential('judges what the daemon has read: a right file that came after its start is not in force', async () => {
        expect((await apply()).code).toBe(0);
        const wrong = 's/SystemdCgroup = true/SystemdCgroup = false/; s,pause:3.10.1,pause:3.0,';
        await sh(node, `cp -p ${configPath} /root/right && sed -i '${wrong}' ${configPath}`);
        await restart(node);
        await sh(node, `cat /root/right >${configPath}`);
        const started = await startedAt(node, 'containerd');

        const check = await place.json(['check', inventory]);
        const finding = findingOf(hostOf(check, 'host'), 'cgroup-driver');
        expect(finding).toMatchObject({ status: 'fail', severity: 'error', fixedByApply: true });
        expect(finding.observed).toMatch(/false|cgroupfs/);
        expect(check.code).toBe(1);

        const changes = await planned();
        expect(changes.map(({ kind, target, disruption }) => ({ kind, target, disruption }))).toEqual([
          { kind: 'service', target: 'containerd.service', disruption: 'restart' },
        ]);
        const { code, host } = await apply();
        expect({ code, outcome: host.outcome, ...host.runtime }).toMatchObject({
          code: 0,
          outcome: 'changed',
          cgroupDriver: 'systemd',
          sandboxImage: pause,
        });
        expect(await startedAt(node, 'containerd')).not.toBe(started);
        expect(await planned()).toEqual([]);
      });
    },
  );
}

describe.skipIf(reason)(
  `a containerd that cannot start with the new settings${reason ? ` (${reason})` : ''}`,
  { concurrent: true },
  () => {
    const nodes: LabNode[] = [];
    let place: Workplace;
    beforeAll(async () => {
      place = await openWorkplace();
    });
    afterAll(async () => {
      await Promise.all(nodes.map(node => node.remove()));
      place?.remove();
    });
    const bootRefusing = async (packages: readonly string[]): Promise<LabNode> => {
      const files = { '/etc/systemd/system/containerd.service.d/lab.conf': refusingDropIn };
      const node = await bootNode({ suite: 'trixie', packages, files });
      nodes.push(node);
      await sh(node, 'systemctl is-system-running --wait || true');
      return node;
    };

    it.sequential('runs again as before: files, modes, sysctls, and the reason is told', async () => {
      const node = await bootRefusing(['containerd']);
      await putConfig(node, nvidiaConfig);
      await restart(node);
      const before = { state: await hostState(node), text: await readConfig(node) };
      const inventory = place.inventory('existing', { host: at(node) });
      const result = await place.json(['apply', inventory, '--yes']);
      const host = hostOf(result, 'host');
      expect(host).toMatchObject({ state: 'failed', outcome: 'reverted', error: { code: 'step-failed' } });
      expect(host.error?.message).toContain('containerd');
      expect(host.error?.message).toContain('lab: no systemd cgroups on this host');
      expect(host).not.toHaveProperty('notReverted');
      expect(host.changes.map(({ status }) => status)).toContain('reverted');
      expect(host.changes.map(({ status }) => status)).not.toContain('done');
      expect(result.code).toBe(3);
      expect(await sh(node, 'systemctl is-active containerd')).toBe('active');
      expect(await readConfig(node)).toBe(before.text);
      expect(await hostState(node)).toEqual(before.state);
    });

    it.sequential('is gone again where the run had installed it', async () => {
      const node = await bootRefusing([]);
      const before = await hostState(node);
      const result = await place.json(['apply', place.inventory('bare', { host: at(node) }), '--yes']);
      const host = hostOf(result, 'host');
      expect(host).toMatchObject({ state: 'failed', outcome: 'reverted', error: { code: 'step-failed' } });
      expect(host.error?.message).toContain('lab: no systemd cgroups on this host');
      expect(result.code).toBe(3);
      expect(await hostState(node)).toEqual(before);
    });
  },
);
