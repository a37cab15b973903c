import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { criSocketOf } from '../../src/core/cri-endpoint.ts';
import { type Disruption, disruptions } from '../../src/core/result.ts';
import { type DisruptionId, disruptionOf } from '../../src/installers/disruption.ts';
import { baseProblem, bootNode, type LabNode, putCrictl, requireLab } from '../lab/index.ts';
import { type LabRegistry, startRegistry } from '../lab/registry.ts';
import { hostOf } from './support/cli.ts';
import './support/disturbed.ts';
import { startedAt } from './support/host-state.ts';
import { loadImages, openRegistry, pauseName, preparePodsOf } from './support/matrix/pods.ts';
import { type MatrixRow, matrixRow, type Source } from './support/matrix/rows.ts';
import { startContainer } from './support/matrix/start-container.ts';
import { at, openWorkplace, type Workplace } from './support/workplace.ts';

const isMatrix = process.env.NODEPREP_MATRIX === '1';

/** Where a change is tried. */
interface There {
  readonly node: LabNode;
  readonly place: Workplace;
  /** Done when all is over. */
  readonly closing: (() => Promise<void>)[];
}

type Settings = object | ((there: There) => Promise<object>);

interface Disturbance {
  /** Of the table. */
  readonly row: DisruptionId;
  /** What is seen: `none` also where the daemon reads its files again; `drain` where a container, or who watches it, ends. */
  readonly seen: Exclude<Disruption, 'reload' | 'reboot'>;
  /** What the inventory asks for beyond what is there. */
  readonly runtime?: Settings;
  readonly host?: Settings;
  /** Before nodeprep comes, and before the container starts. */
  readonly first?: string;
}

interface Subject {
  readonly row: MatrixRow;
  readonly unit: string;
  readonly driver: 'systemd' | 'cgroupfs';
  /** CI takes the first of them, of the first subject. */
  readonly disturbances: readonly Disturbance[];
}

const proxy = { proxy: { http: 'http://127.0.0.1:9', noProxy: ['127.0.0.1', '10.0.0.0/8'] } };
const otherProxy = { proxy: { ...proxy.proxy, http: 'http://127.0.0.1:19' } };
const otherImage = { sandboxImage: 'registry.k8s.io/pause:3.10' };
const otherCni = { cni: { binDir: '/usr/lib/cni' } };
const mirror = (registry: string, port = 9) => ({ registryMirrors: { [registry]: [`http://127.0.0.1:${port}`] } });
const liveRestore = `sed -i '1s/{/{ "live-restore": true,/' /etc/docker/daemon.json && systemctl restart docker`;

const certificate = async ({ place, closing }: There) => {
  const registry = await startRegistry({ images: {}, tls: true });
  closing.push(() => registry.close());
  const ca = place.path('ca.pem');
  writeFileSync(ca, registry.ca ?? '');
  return { registries: { [registry.host]: { ca } } };
};

const subjects: Readonly<Record<string, Subject>> = {
  containerd: {
    row: matrixRow('containerd 1.7'),
    unit: 'containerd',
    driver: 'systemd',
    disturbances: [
      { row: 'containerd-settings', seen: 'restart', runtime: { ...otherImage, ...mirror('quay.io') } },
      { row: 'containerd-registries', seen: 'none', runtime: mirror('quay.io', 19) },
      { row: 'package-hold', seen: 'none', first: 'apt-mark unhold -qq containerd runc' },
      { row: 'registry-certificates', seen: 'none', runtime: certificate },
      { row: 'runtime-proxy', seen: 'restart', host: proxy },
      { row: 'containerd-cgroup-driver', seen: 'none', runtime: { cgroupDriver: 'cgroupfs' } },
    ],
  },
  'CRI-O': {
    row: matrixRow('CRI-O'),
    unit: 'crio',
    driver: 'systemd',
    disturbances: [
      { row: 'cri-o-pause-image', seen: 'none', runtime: otherImage },
      { row: 'cri-o-registries', seen: 'none', runtime: mirror('quay.io') },
      { row: 'package-hold', seen: 'none', first: 'apt-mark unhold -qq cri-o' },
      { row: 'cri-o-settings', seen: 'restart', runtime: otherCni },
      { row: 'runtime-proxy', seen: 'restart', host: proxy },
      { row: 'cri-o-cgroup-driver', seen: 'none', runtime: { cgroupDriver: 'cgroupfs' } },
    ],
  },
  'CRI-O with cgroupfs': {
    row: matrixRow('CRI-O'),
    unit: 'crio',
    driver: 'cgroupfs',
    disturbances: [
      { row: 'cri-o-pause-image', seen: 'none', runtime: otherImage },
      { row: 'cri-o-settings-cgroupfs', seen: 'drain', runtime: otherCni },
      { row: 'cri-o-proxy-cgroupfs', seen: 'drain', host: proxy },
    ],
  },
  Docker: {
    row: matrixRow('docker.io 26'),
    unit: 'docker',
    driver: 'systemd',
    disturbances: [
      { row: 'cri-dockerd-settings', seen: 'none', runtime: otherImage },
      { row: 'docker-registries', seen: 'none', runtime: mirror('docker.io') },
      { row: 'package-hold', seen: 'none', first: 'apt-mark unhold -qq docker.io containerd runc' },
      { row: 'docker-cgroup-driver', seen: 'none', runtime: { cgroupDriver: 'cgroupfs' } },
      { row: 'docker-proxy', seen: 'drain', host: proxy },
      { row: 'docker-proxy-live', seen: 'restart', host: otherProxy, first: liveRestore },
      { row: 'docker-cgroup-driver', seen: 'none', runtime: { cgroupDriver: 'cgroupfs' } },
    ],
  },
};

describe.each(Object.entries(subjects).slice(0, isMatrix ? undefined : 1))(
  'what a change disturbs, by the containers: %s',
  async (subject, { row, unit, driver, disturbances }) => {
    const problem = requireLab() ?? (await baseProblem(row.suite)) ?? (await row.problem?.());
    const crictl = `/root/crictl --runtime-endpoint unix://${criSocketOf(row.name)}`;
    let node: LabNode;
    let place: Workplace;
    let source: Source;
    let registry: LabRegistry;
    const closing: (() => Promise<void>)[] = [];

    /** What was asked for before stays so. */
    const asked = { runtime: {}, host: {} };
    const inventory = ({ runtime, host }: { runtime?: object; host?: object } = {}): string =>
      place.inventory('host', {
        host: at(node, {
          runtime: { name: row.name, cgroupDriver: driver, ...source.runtime, ...asked.runtime, ...runtime },
          verify: { sandbox: 'off' },
          ...asked.host,
          ...host,
        }),
      });
    const settled = async (settings: Settings = {}): Promise<object> =>
      typeof settings === 'function' ? settings({ node, place, closing }) : settings;
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
      await preparePodsOf(node, row);
      await putCrictl(node, '/root/crictl');
      source = await row.open(node);
      registry = await openRegistry(node, row);
      const answer = await place.json(['apply', inventory(), '--yes']);
      expect(hostOf(answer, 'host').error).toBeUndefined();
      await loadImages(node, row);
    });
    afterAll(async () => {
      for (const close of closing) await close();
      await source?.close();
      await registry?.close();
      await node?.remove();
      place?.remove();
    });

    it
      .skipIf(problem)
      .for(
        disturbances
          .slice(0, isMatrix ? undefined : 1)
          .map(disturbance => [disturbance.row, disturbance.seen, disturbance] as const),
      )('%s: %s', async ([id, seen, disturbance], { task }) => {
      task.meta.disturbed = { row: id, on: subject, seen };
      if (disturbance.first !== undefined) await node.sh(disturbance.first);
      const [runtime, host] = [await settled(disturbance.runtime), await settled(disturbance.host)];
      await startContainer(node, { crictl, driver }, pauseName);
      const before = { processes: await processes(), started: await startedAt(node, unit) };
      expect(before.processes.filter(line => line.startsWith('pause ')).length).toBeGreaterThanOrEqual(2);

      const look = async (): Promise<string> => {
        const [processesNow, started] = [await processes(), await startedAt(node, unit)];
        if (!before.processes.every(line => processesNow.includes(line))) return 'drain';
        return started === before.started ? 'none' : 'restart';
      };

      const table = disruptionOf(id, true);
      const wanted = inventory({ runtime, host });
      const planned = hostOf(await place.json(['plan', wanted, '--without-drain']), 'host').changes;
      const worst = Math.max(...planned.map(({ disruption }) => disruptions.indexOf(disruption)));
      expect(disruptions[worst]).toBe(table);

      const answer = await place.json(['apply', wanted, '--yes', '--without-drain']);
      if (table === 'drain') {
        // Without a cluster nobody would empty the node: it is left alone.
        expect({ code: answer.code, seen: await look() }).toEqual({ code: 5, seen: 'none' });
        // What would have come of it.
        if (seen === 'drain') await node.sh(`systemctl restart ${unit}`);
        expect(await look()).toBe(seen);
        return;
      }
      expect(hostOf(answer, 'host').error?.message).toBeUndefined();
      expect(await look()).toBe(seen);
      Object.assign(asked.runtime, runtime);
      Object.assign(asked.host, host);
    });
  },
);
