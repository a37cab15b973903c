import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { criSocketOf } from '../../src/core/cri-endpoint.ts';
import type { Disruption } from '../../src/core/result.ts';
import { type DisruptionId, disruptionOf } from '../../src/installers/disruption.ts';
import { baseProblem, bootNode, type LabNode, putCrictl, requireLab } from '../lab/index.ts';
import type { LabRegistry } from '../lab/registry.ts';
import { hostOf } from './support/cli.ts';
import { startedAt } from './support/host-state.ts';
import { loadPause, openPauseRegistry, pauseName, preparePodsOf } from './support/matrix/pods.ts';
import { type MatrixRow, matrixRows, type Source } from './support/matrix/rows.ts';
import { startContainer } from './support/matrix/start-container.ts';
import { at, openWorkplace, type Workplace } from './support/workplace.ts';

const isMatrix = process.env.NODEPREP_MATRIX === '1';

interface Disturbance {
  /** Of the table. */
  readonly row: DisruptionId;
  /** What is seen of it: `none` also where the daemon reads its files again; `drain` where a container or who watches it ends. */
  readonly seen: Exclude<Disruption, 'reload' | 'reboot'>;
  /** What the inventory asks for beyond what is there. */
  readonly runtime?: object;
  readonly host?: object;
  /** Before nodeprep comes. */
  readonly first?: string;
  /** nodeprep does not do it while containers run. */
  readonly refused?: true;
}

interface Subject {
  readonly row: MatrixRow;
  readonly unit: string;
  readonly driver: 'systemd' | 'cgroupfs';
  /** CI takes the first of them, of the first subject. */
  readonly disturbances: readonly Disturbance[];
}

const rowOf = (name: string): MatrixRow => {
  const found = matrixRows.find(({ runtime }) => runtime.startsWith(name));
  if (found === undefined) throw new Error(`no row of the matrix is called ${name}`);
  return found;
};

const proxy = { proxy: { http: 'http://127.0.0.1:9', noProxy: ['127.0.0.1', '10.0.0.0/8'] } };
const otherProxy = { proxy: { ...proxy.proxy, http: 'http://127.0.0.1:19' } };
const otherImage = { sandboxImage: 'registry.k8s.io/pause:3.10' };
const otherCni = { cni: { binDir: '/usr/lib/cni' } };
const liveRestore = `sed -i '1s/{/{ "live-restore": true,/' /etc/docker/daemon.json && systemctl restart docker`;

const subjects: Readonly<Record<string, Subject>> = {
  containerd: {
    row: rowOf('containerd 1.7'),
    unit: 'containerd',
    driver: 'systemd',
    disturbances: [
      { row: 'containerd-settings', seen: 'restart', runtime: otherImage },
      { row: 'containerd-hold', seen: 'none', first: 'apt-mark unhold -qq containerd' },
      { row: 'runtime-proxy', seen: 'restart', host: proxy },
      { row: 'containerd-cgroup-driver', seen: 'none', runtime: { cgroupDriver: 'cgroupfs' }, refused: true },
    ],
  },
  'CRI-O': {
    row: rowOf('CRI-O'),
    unit: 'crio',
    driver: 'systemd',
    disturbances: [
      { row: 'cri-o-pause-image', seen: 'none', runtime: otherImage },
      { row: 'cri-o-hold', seen: 'none', first: 'apt-mark unhold -qq cri-o' },
      { row: 'cri-o-settings', seen: 'restart', runtime: otherCni },
      { row: 'runtime-proxy', seen: 'restart', host: proxy },
      { row: 'cri-o-cgroup-driver', seen: 'none', runtime: { cgroupDriver: 'cgroupfs' }, refused: true },
    ],
  },
  'CRI-O with cgroupfs': {
    row: rowOf('CRI-O'),
    unit: 'crio',
    driver: 'cgroupfs',
    disturbances: [
      { row: 'cri-o-pause-image', seen: 'none', runtime: otherImage },
      { row: 'cri-o-settings-cgroupfs', seen: 'drain', runtime: otherCni },
      { row: 'cri-o-proxy-cgroupfs', seen: 'drain', host: proxy },
    ],
  },
  Docker: {
    row: rowOf('docker.io 26'),
    unit: 'docker',
    driver: 'systemd',
    disturbances: [
      { row: 'cri-dockerd-settings', seen: 'none', runtime: otherImage },
      { row: 'docker-hold', seen: 'none', first: 'apt-mark unhold -qq docker.io' },
      { row: 'docker-cgroup-driver', seen: 'none', runtime: { cgroupDriver: 'cgroupfs' }, refused: true },
      { row: 'docker-proxy', seen: 'drain', host: proxy },
      { row: 'docker-proxy-live', seen: 'restart', host: otherProxy, first: liveRestore },
      {
        row: 'docker-cgroup-driver',
        seen: 'none',
        runtime: { cgroupDriver: 'cgroupfs' },
        host: otherProxy,
        refused: true,
      },
    ],
  },
};

const harm: readonly Disruption[] = ['none', 'reload', 'restart', 'drain', 'reboot'];

describe.each(Object.entries(subjects).slice(0, isMatrix ? undefined : 1))(
  'what a change disturbs, by the containers: %s',
  async (_, { row, unit, driver, disturbances }) => {
    const problem = requireLab() ?? (await baseProblem(row.suite)) ?? (await row.problem?.());
    const crictl = `/root/crictl --runtime-endpoint unix://${criSocketOf(row.name)}`;
    let node: LabNode;
    let place: Workplace;
    let source: Source;
    let registry: LabRegistry;

    const inventory = ({ runtime = {}, host = {} }: Partial<Disturbance> = {}): string =>
      place.inventory('host', {
        host: at(node, {
          runtime: { name: row.name, cgroupDriver: driver, ...source.runtime, ...runtime },
          verify: { sandbox: 'off' },
          ...host,
        }),
      });
    /** Containers, and who watches over them, each with the moment of its start. */
    const processes = async (): Promise<readonly string[]> => {
      const found = await node.sh(`for pid in $(pgrep -x 'pause|conmon|containerd-shim'); do
        echo "$(cat /proc/$pid/comm) $pid $(cut -d ' ' -f 22 /proc/$pid/stat)"; done | sort`);
      return found.split('\n').filter(line => line !== '');
    };

    beforeAll(async () => {
      if (problem !== undefined) return;
      place = await openWorkplace();
      node = await bootNode({ suite: row.suite, packages: row.packages, cgroup: 'v1' });
      await preparePodsOf(node);
      await putCrictl(node, '/root/crictl');
      source = await row.open(node);
      registry = await openPauseRegistry(node, row);
      const answer = await place.json(['apply', inventory(), '--yes']);
      expect(hostOf(answer, 'host').error).toBeUndefined();
      await loadPause(node, row);
    });
    afterAll(async () => {
      await source?.close();
      await registry?.close();
      await node?.remove();
      place?.remove();
    });

    it
      .skipIf(problem)
      .each(
        disturbances
          .slice(0, isMatrix ? undefined : 1)
          .map(disturbance => [disturbance.row, disturbance.seen, disturbance] as const),
      )('%s: %s', async (id, seen, disturbance) => {
      if (disturbance.first !== undefined) await node.sh(disturbance.first);
      await startContainer(node, crictl, pauseName);
      const before = { processes: await processes(), started: await startedAt(node, unit) };
      expect(before.processes.filter(line => line.startsWith('pause ')).length).toBeGreaterThanOrEqual(2);

      const answer = await place.json(['apply', inventory(disturbance), '--yes']);
      const host = hostOf(answer, 'host');
      const after = { processes: await processes(), started: await startedAt(node, unit) };
      const isKept = before.processes.every(line => after.processes.includes(line));
      const isSame = before.started === after.started;
      expect({ seen: isKept ? (isSame ? 'none' : 'restart') : 'drain' }).toEqual({ seen });

      expect(answer.code).toBe(disturbance.refused === true ? 5 : 0);
      if (disturbance.refused === true) return;
      const planned = host.changes.map(({ disruption }) => harm.indexOf(disruption));
      expect(harm[Math.max(...planned)]).toBe(disruptionOf(id));
      expect(harm.indexOf(disruptionOf(id, true))).toBeGreaterThanOrEqual(harm.indexOf(seen));
      // The table may only be worse than what is seen where a daemon of its own restarts, or reads its files again.
      expect([seen, ...(seen === 'none' ? ['reload', 'restart'] : [])]).toContain(disruptionOf(id, true));
    });
  },
);
