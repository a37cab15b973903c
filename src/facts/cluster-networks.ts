import { known } from '../core/observed.ts';
import type { Fact } from './fact.ts';
import { decodeFiles, type FileRead } from './files.ts';
import { answerText, linesOf, refuseUnreadable } from './read.ts';

/** What must be reached without a proxy. */
export interface ClusterNetworks {
  /** Addresses of this host, without those of loopback, links and pods. */
  readonly addresses: readonly string[];
  /** Networks and addresses of the cluster, as its files on this host name them. */
  readonly cluster: readonly ClusterAddress[];
}

export interface ClusterAddress {
  /** `10.96.0.10`, `10.244.0.0/16` */
  readonly address: string;
  readonly what: 'pods' | 'services' | 'cluster DNS';
  readonly path: string;
}

const manifests = '/etc/kubernetes/manifests/kube-*.yaml';
const kubeletConfig = '/var/lib/kubelet/config.yaml';

export const clusterNetworks: Fact<ClusterNetworks> = {
  items: {
    files: { kind: 'files', paths: [manifests, kubeletConfig] },
    addresses: {
      kind: 'sh',
      script: `command -v ip >/dev/null || return 127\nlimit ip -o addr show scope global`,
    },
  },
  parse(answers, context) {
    const files = decodeFiles(answers.files);
    refuseUnreadable(files, context);
    return known({
      addresses: linesOf(answerText(answers.addresses)).flatMap(
        line => /^\d+: (?!lo |cni|cali|veth|docker)\S+\s+inet6? ([^/ ]+)/.exec(line)?.[1] ?? [],
      ),
      cluster: [...files.values()].flatMap(clusterAddresses),
    });
  },
};

const clusterAddresses = ({ path, text, state }: FileRead): readonly ClusterAddress[] => {
  if (state !== 'file') return [];
  if (path === kubeletConfig) {
    const list = /^clusterDNS:[ \t]*\n((?:[ \t]*-[ \t]*\S+[ \t]*\n?)+)/m.exec(text)?.[1] ?? '';
    return [...list.matchAll(/-[ \t]*["']?([0-9A-Fa-f.:]+)/g)].map(([, address = '']) => ({
      address,
      what: 'cluster DNS',
      path,
    }));
  }
  if (!path.startsWith('/etc/kubernetes/manifests/')) return [];
  return [...text.matchAll(/--(cluster-cidr|service-cluster-ip-range)=([0-9A-Fa-f.:/,]+)/g)].flatMap(
    ([, flag, value = '']) =>
      value.split(',').map(address => ({
        address,
        what: flag === 'cluster-cidr' ? ('pods' as const) : ('services' as const),
        path,
      })),
  );
};
