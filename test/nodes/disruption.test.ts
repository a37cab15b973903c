import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { criSocketOf } from '../../src/core/cri-endpoint.ts';
import { disruptions } from '../../src/core/result.ts';
import { type DisruptionId, disruptionOf } from '../../src/installers/disruption.ts';
import { cniArchive, leanRuncArchive } from '../lab/archives.ts';
import { sha256 } from '../lab/image.ts';
import { baseProblem, bootNode, type LabNode, openRepository, putCrictl, requireLab } from '../lab/index.ts';
import { openPackageMirror } from '../lab/mirror.ts';
import { type LabRegistry, startRegistry } from '../lab/registry.ts';
import { FRONT_URL } from '../lab/settings.ts';
import { hostOf } from './support/cli.ts';
import './support/disturbed.ts';
import { imageFile, loadImages, openRegistry, pauseName, preparePodsOf } from './support/matrix/pods.ts';
import { type MatrixRow, matrixRow, type Source } from './support/matrix/rows.ts';
import { startContainer } from './support/matrix/start-container.ts';
import { type SeenDisruption, watchContainers } from './support/watch-containers.ts';
import { at, openWorkplace, type Workplace } from './support/workplace.ts';

const isMatrix = process.env.NODEPREP_MATRIX === '1';

/** Where a change is tried. */
interface There {
  readonly node: LabNode;
  readonly place: Workplace;
  readonly source: Source;
  /** Done when all is over. */
  readonly closing: (() => Promise<void>)[];
}

type Settings = object | ((there: There) => Promise<object>);

interface Disturbance {
  /** Of the table. */
  readonly row: DisruptionId;
  readonly seen: SeenDisruption;
  /** What the inventory asks for beyond what is there. */
  readonly runtime?: Settings;
  readonly host?: Settings;
  /** Before nodeprep comes, and before the container starts. */
  readonly first?: string | ((there: There) => Promise<unknown>);
  /** While the container runs, before nodeprep comes. */
  readonly meanwhile?: string;
  /** The same change without nodeprep; a restart of the daemon where nothing is said. */
  readonly byHand?: string;
  /** What of the plan is judged, where it announces what later rounds may have to do. */
  readonly target?: string;
  /** Whose restart counts, where it is not the runtime's. */
  readonly unit?: string;
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

const pause310 = otherImage.sandboxImage;

/** On offer beside the version that is there. */
const newer =
  (name: string, version: string, edit?: string) =>
  async ({ node }: There): Promise<void> => {
    const repository = await openRepository(node);
    await repository.repack(name, version, edit);
    await repository.publish();
  };
const upgrade = (name: string, version: string): string =>
  `apt-get install -y -qq --allow-change-held-packages --no-install-recommends ${name}=${version} >/dev/null`;
const dockerVersions = ['26.1.98-1', '26.1.99-1'] as const;
const runsc = `printf '#!/bin/sh\necho runsc version release-20240729.0\n' >/usr/local/bin/runsc && chmod 755 /usr/local/bin/runsc`;
const cniPlugins = async ({ node }: There) => {
  const { file, sha256 } = await cniArchive(node);
  return { archives: { cniPlugins: { file, sha256 } } };
};
const certificate = async ({ place, closing }: There) => {
  const registry = await startRegistry({ images: {}, tls: true });
  closing.push(() => registry.close());
  const ca = place.path('ca.pem');
  writeFileSync(ca, registry.ca ?? '');
  return { registries: { [registry.host]: { ca } } };
};
/** The same under another checksum. */
const otherRunc = async ({ node, place, source }: There) => {
  const { file } = await leanRuncArchive(node);
  const text = `${readFileSync(file, 'utf8')}# another\n`;
  const path = place.path('runc');
  writeFileSync(path, text);
  return { archives: { ...source.runtime.archives, runc: { file: path, sha256: sha256(Buffer.from(text)) } } };
};
const mirrored = async ({ closing }: There) => {
  const mirror = await openPackageMirror({
    debian: `${FRONT_URL}/debian`,
    'debian-security': `${FRONT_URL}/security`,
  });
  closing.push(() => mirror.close());
  return { packageMirror: mirror.url };
};

const subjects: Readonly<Record<string, Subject>> = {
  containerd: {
    row: matrixRow('containerd 1.7'),
    unit: 'containerd',
    driver: 'systemd',
    disturbances: [
      {
        row: 'containerd-settings',
        seen: 'restart',
        runtime: { ...otherImage, ...mirror('quay.io'), handlers: ['runc', 'crun'] },
      },
      { row: 'containerd-registries', seen: 'none', runtime: mirror('quay.io', 19) },
      { row: 'package-hold', seen: 'none', first: 'apt-mark unhold -qq containerd runc' },
      { row: 'registry-certificates', seen: 'none', runtime: certificate },
      {
        row: 'sandbox-image',
        seen: 'none',
        meanwhile: `ctr -n k8s.io image rm ${pause310}`,
        runtime: async ({ place }) => ({ archives: { sandboxImage: imageFile(place, pause310) } }),
      },
      { row: 'cni-plugins', seen: 'none', runtime: cniPlugins },
      { row: 'sysctl', seen: 'none', first: 'sysctl -qw net.ipv4.ip_forward=0' },
      { row: 'crictl', seen: 'none', first: 'ln -s /root/crictl /usr/local/bin/crictl' },
      { row: 'package-mirror', seen: 'none', host: mirrored },
      {
        row: 'needrestart',
        seen: 'none',
        first: 'apt-get install -y -qq --no-install-recommends needrestart >/dev/null',
      },
      {
        row: 'containerd-upgrade',
        seen: 'restart',
        first: newer('containerd', '1.7.97', `sed -i 's/1\\.7\\.24~ds1/1.7.97~ds1/g' usr/bin/containerd`),
        runtime: { version: '1.7.97' },
      },
      { row: 'runtime-proxy', seen: 'restart', host: proxy },
      {
        row: 'runtime-proxy-file',
        seen: 'none',
        first: 'rm -r /etc/systemd/system/containerd.service.d; systemctl daemon-reload',
      },
      { row: 'package-proxy', seen: 'none', first: 'rm /etc/apt/apt.conf.d/zz-nodeprep-proxy' },
      {
        row: 'handler-install',
        seen: 'none',
        target: 'crun',
        first: 'apt-get remove -y -qq --allow-change-held-packages crun >/dev/null',
      },
      { row: 'containerd-default-handler', seen: 'none', runtime: { defaultHandler: 'crun' } },
      { row: 'containerd-selinux', seen: 'none', runtime: { selinux: true } },
      { row: 'containerd-cgroup-driver', seen: 'none', runtime: { cgroupDriver: 'cgroupfs' } },
    ],
  },
  'containerd of an archive': {
    row: matrixRow('containerd 2.2', undefined, 'archive'),
    unit: 'containerd',
    driver: 'systemd',
    disturbances: [{ row: 'containerd-helpers', seen: 'none', runtime: otherRunc }],
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
      { row: 'repository', seen: 'none', first: 'rm /etc/apt/sources.list.d/nodeprep-*' },
      { row: 'cri-o-handlers', seen: 'restart', first: runsc, runtime: { handlers: ['crun', 'runc', 'runsc'] } },
      {
        row: 'cri-o-upgrade',
        seen: 'restart',
        first: newer('cri-o', '1.36.9-1.1'),
        runtime: { version: '1.36.9' },
      },
      {
        // Before there is a proxy that answers nobody.
        row: 'image-loader',
        seen: 'none',
        meanwhile: `/root/crictl --runtime-endpoint unix://${criSocketOf('cri-o')} rmi ${pause310}`,
        runtime: async ({ place }) => ({ archives: { sandboxImage: imageFile(place, pause310) } }),
      },
      { row: 'runtime-proxy', seen: 'restart', host: proxy },
      { row: 'cri-o-default-handler', seen: 'none', runtime: { defaultHandler: 'runc' } },
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
      {
        row: 'cri-o-handlers-cgroupfs',
        seen: 'drain',
        first: runsc,
        runtime: { handlers: ['crun', 'runc', 'runsc'] },
      },
      {
        row: 'cri-o-upgrade-cgroupfs',
        seen: 'drain',
        first: newer('cri-o', '1.36.9-1.1'),
        runtime: { version: '1.36.9' },
        byHand: `${upgrade('cri-o', '1.36.9-1.1')} && systemctl restart crio`,
      },
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
      {
        row: 'docker-upgrade',
        seen: 'drain',
        first: newer('docker.io', dockerVersions[0]),
        runtime: { version: '26.1.98' },
        // Debian's package restarts nothing.
        byHand: `${upgrade('docker.io', dockerVersions[0])} && systemctl restart docker`,
      },
      { row: 'docker-cgroup-driver', seen: 'none', runtime: { cgroupDriver: 'cgroupfs' } },
      { row: 'docker-selinux', seen: 'drain', runtime: { selinux: true } },
      {
        row: 'containerd-cri-off',
        seen: 'restart',
        first: `sed -i '/^disabled_plugins/d' /etc/containerd/config.toml && systemctl restart containerd`,
        unit: 'containerd',
      },
      { row: 'docker-proxy', seen: 'drain', host: proxy },
      {
        row: 'docker-upgrade-live',
        seen: 'restart',
        async first(there) {
          await there.node.sh(liveRestore);
          await newer('docker.io', dockerVersions[1])(there);
        },
        runtime: { version: '26.1.99' },
      },
      { row: 'docker-proxy-live', seen: 'restart', host: otherProxy },
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
      typeof settings === 'function' ? settings({ node, place, source, closing }) : settings;

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
      const { first, byHand = `systemctl restart ${unit}`, unit: watched = unit } = disturbance;
      if (typeof first === 'string') await node.sh(first);
      else await first?.({ node, place, source, closing });
      const [runtime, host] = [await settled(disturbance.runtime), await settled(disturbance.host)];
      await startContainer(node, { crictl, driver }, pauseName);
      if (disturbance.meanwhile !== undefined) await node.sh(disturbance.meanwhile);
      const { containers, look } = await watchContainers(node, watched);
      expect(containers).toBeGreaterThanOrEqual(2);

      const table = disruptionOf(id, true);
      const wanted = inventory({ runtime, host });
      const plan = hostOf(await place.json(['plan', wanted, '--without-drain']), 'host');
      const planned = plan.changes.filter(({ target }) => target === (disturbance.target ?? target));
      const worst = Math.max(...planned.map(({ disruption }) => disruptions.indexOf(disruption)));
      expect(disruptions[worst], plan.error?.message).toBe(table);

      const answer = await place.json(['apply', wanted, '--yes', '--without-drain']);
      if (table === 'drain') {
        // Without a cluster nobody would empty the node: it is left alone.
        expect({ code: answer.code, seen: await look() }).toEqual({ code: 5, seen: 'none' });
        // What would have come of it.
        if (seen === 'drain') await node.sh(byHand);
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
