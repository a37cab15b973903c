import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LabError, must } from '../run.ts';
import { kubeadmConfig } from './kubeadm-config.ts';
import { type ClusterRecord, clusterDirectory } from './record.ts';

/** Certificates and kubeconfigs of the cluster, made by kubeadm itself. */
export async function makeCertificates(record: ClusterRecord, programs: string): Promise<void> {
  const directory = clusterDirectory(record.name);
  const config = join(directory, 'kubeadm.yaml');
  writeFileSync(config, kubeadmConfig(record, directory));
  const kubeadm = (...args: string[]) => must(join(programs, 'kubeadm'), [...args, '--config', config]);
  await kubeadm('init', 'phase', 'certs', 'all');
  await kubeadm('init', 'phase', 'kubeconfig', 'all', '--kubeconfig-dir', directory);
}

export interface UserOptions {
  user: string;
  groups?: readonly string[];
  /** A Go duration; default a year. */
  validFor?: string;
}

/** A kubeconfig with a client certificate of the cluster for any user. */
export function makeKubeconfig(record: ClusterRecord, programs: string, options: UserOptions): Promise<string> {
  const config = join(clusterDirectory(record.name), 'kubeadm.yaml');
  const groups = (options.groups ?? []).flatMap(group => ['--org', group]);
  const validity = options.validFor === undefined ? [] : ['--validity-period', options.validFor];
  const args = ['kubeconfig', 'user', '--config', config, '--client-name', options.user, ...groups, ...validity];
  return must(join(programs, 'kubeadm'), args);
}

/** What a kubeconfig holds in base64, as PEM. */
export interface Credentials {
  ca: string;
  certificate: string;
  key: string;
}

export function credentials(kubeconfig: string): Credentials {
  const read = (key: string): string => {
    const value = new RegExp(`^ *${key}-data: (\\S+)$`, 'm').exec(kubeconfig)?.[1];
    if (value === undefined) throw new LabError(`the kubeconfig has no ${key}-data`);
    return Buffer.from(value, 'base64').toString();
  };
  return { ca: read('certificate-authority'), certificate: read('client-certificate'), key: read('client-key') };
}

export function adminCredentials(name: string): Credentials {
  return credentials(readFileSync(join(clusterDirectory(name), 'super-admin.conf'), 'utf8'));
}
