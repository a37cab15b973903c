import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ClusterRecord, clusterDirectory } from './record.ts';

/** One request as the API server counts it. */
export interface ApiRequest {
  readonly user: string;
  readonly userAgent: string;
  readonly verb: string;
  readonly uri: string;
  readonly code: number;
  readonly at: string;
}

interface Event {
  readonly user: { readonly username: string };
  readonly userAgent?: string;
  readonly verb: string;
  readonly requestURI: string;
  readonly responseStatus?: { readonly code: number };
  readonly requestReceivedTimestamp: string;
}

// The cluster's own programs ask without pause; counting them would only cost time.
const POLICY = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived, ResponseStarted]
rules:
- level: None
  userGroups: [system:nodes, system:masters, system:serviceaccounts]
- level: None
  users: [system:kube-controller-manager, system:kube-scheduler, system:apiserver, system:anonymous]
- level: Metadata
`;

/** Flags that make the API server write down who asked for what. */
export function auditFlags(record: ClusterRecord): string[] {
  const policy = join(clusterDirectory(record.name), 'audit-policy.yaml');
  writeFileSync(policy, POLICY);
  return [`--audit-policy-file=${policy}`, `--audit-log-path=${logOf(record.name)}`];
}

/** Requests of everybody but the cluster's own programs and the lab, in the order of their answers. */
export function auditedRequests(cluster: string): ApiRequest[] {
  const file = logOf(cluster);
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8').split('\n').filter(Boolean).map(read);
}

function read(line: string): ApiRequest {
  const event = JSON.parse(line) as Event;
  return {
    user: event.user.username,
    userAgent: event.userAgent ?? '',
    verb: event.verb,
    uri: event.requestURI,
    code: event.responseStatus?.code ?? 0,
    at: event.requestReceivedTimestamp,
  };
}

function logOf(cluster: string): string {
  return join(clusterDirectory(cluster), 'log', 'audit.log');
}
