import type { CgroupDriver, LabCluster } from '../../lab/cluster/index.ts';
import type { LabNode } from '../../lab/index.ts';
import { sleep } from '../../lab/run.ts';
import { letGo } from '../../nodes/support/host-points.ts';
import type { Way } from '../../nodes/support/severable.ts';
import { watchAgain } from './driver-watch.ts';

/** An apply whose hosts stand at their points. */
export interface ApplyAtWork {
  readonly cluster: LabCluster;
  readonly nodes: readonly LabNode[];
  readonly ways: readonly Way[];
  readonly driver: CgroupDriver;
  /** SIGKILL to nodeprep. */
  kill(): void;
  readonly ended: Promise<unknown>;
}

export interface Fault {
  readonly name: string;
  /** What the host program does at its point. */
  readonly action: 'kill' | 'wait';
  /** Returns once the apply has ended. */
  strike(work: ApplyAtWork): Promise<void>;
}

const letAllGo = (nodes: readonly LabNode[]) => Promise.all(nodes.map(letGo));

export const faults = {
  cut: {
    name: 'SSH cut for a moment',
    action: 'wait',
    strike: async ({ nodes, ways, ended }) => {
      for (const way of ways) way.drop();
      await sleep(3_000);
      await letAllGo(nodes);
      await ended;
    },
  },
  severed: {
    name: 'SSH cut for good',
    action: 'wait',
    strike: async ({ nodes, ways, ended }) => {
      await Promise.all(ways.map(way => way.sever()));
      await letAllGo(nodes);
      await ended;
    },
  },
  control: {
    name: 'control process killed',
    action: 'wait',
    strike: async ({ nodes, kill, ended }) => {
      kill();
      await ended;
      await letAllGo(nodes);
    },
  },
  program: {
    name: 'host program killed',
    action: 'kill',
    strike: async ({ nodes, ended }) => {
      await ended;
      await letAllGo(nodes);
    },
  },
  power: {
    name: 'node stopped hard',
    action: 'wait',
    strike: async ({ cluster, nodes, ended }) => {
      await Promise.all(
        nodes.map(async node => {
          await node.kill();
          await sleep(2_000);
          await node.start();
          await letGo(node);
          await watchAgain(node);
        }),
      );
      await ended;
      await cluster.api.get('/readyz?verbose').catch(() => undefined);
    },
  },
  api: {
    name: 'API server away for 30 s',
    action: 'wait',
    strike: async ({ cluster, nodes, ended }) => {
      await cluster.stop('kube-apiserver');
      await letAllGo(nodes);
      await sleep(30_000);
      await cluster.start('kube-apiserver');
      await ended;
    },
  },
} as const satisfies Record<string, Fault>;

/** Lets the kubelet start only under the driver that it has now. */
export const refuseKubelet = (node: LabNode, driver: CgroupDriver): Promise<string> =>
  node.sh(
    'mkdir -p /etc/systemd/system/kubelet.service.d && cat >/etc/systemd/system/kubelet.service.d/90-lab.conf && systemctl daemon-reload',
    {
      input: `[Service]
ExecStartPre=/bin/sh -c 'if grep -q "^cgroupDriver: ${driver}" /var/lib/kubelet/config.yaml; then echo "lab: no ${driver} here" >&2; exit 9; fi'
`,
    },
  );

export const admitKubelet = (node: LabNode): Promise<string> =>
  node.sh('rm -f /etc/systemd/system/kubelet.service.d/90-lab.conf && systemctl daemon-reload');
