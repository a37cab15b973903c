import { describe, expect, it } from 'vitest';
import { explainFailure } from '../../src/cluster/explain-failure.ts';
import { failureOf, isOfThisWay } from '../../src/cluster/kubectl-failure.ts';
import { failed, fakeApi } from './fake-api.ts';

/** What kubectl 1.32 and 1.34 said; [standard error, what it is, what people are told]. */
const said: readonly (readonly [string, object, object])[] = [
  [
    'Error from server (NotFound): nodes "x" not found\n',
    { kind: 'status', reason: 'NotFound', message: 'nodes "x" not found' },
    { code: 'cluster-mismatch', message: 'read it: it is not there: nodes "x" not found' },
  ],
  [
    'Error from server (Forbidden): nodes "a" is forbidden: User "bob" cannot get resource "nodes" in API group "" at the cluster scope\n',
    { kind: 'status', reason: 'Forbidden' },
    { code: 'cluster-denied', hint: expect.stringContaining('nodeprep-clusterrole.yaml') },
  ],
  [
    'Error from server (Conflict): Operation cannot be fulfilled on nodes "a": the object has been modified; please apply your changes to the latest version and try again\n',
    { kind: 'status', reason: 'Conflict' },
    { code: 'guard-mismatch' },
  ],
  [
    "Warning: policy/v1beta1 is old\nError from server (TooManyRequests): Cannot evict pod as it would violate the pod's disruption budget.\n",
    { kind: 'status', reason: 'TooManyRequests' },
    { code: 'cluster-denied' },
  ],
  [
    'Error from server (InternalError): Internal error occurred: This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.\n',
    { kind: 'status', reason: 'InternalError' },
    { code: 'cluster-denied' },
  ],
  [
    'Error from server (ServiceUnavailable): apiserver is shutting down\n',
    { kind: 'away' },
    { code: 'cluster-unreachable' },
  ],
  [
    'Error from server (InternalError): an error on the server ("unknown") has prevented the request from succeeding\n',
    { kind: 'away' },
    { code: 'cluster-unreachable' },
  ],
  ['Error from server: etcdserver: request timed out\n', { kind: 'away' }, { code: 'cluster-unreachable' }],
  [
    'error: You must be logged in to the server (Unauthorized)\n',
    { kind: 'unauthorized', message: 'Unauthorized' },
    { code: 'cluster-denied', message: expect.stringContaining('does not know this user (Unauthorized)') },
  ],
  [
    'The connection to the server 10.0.0.1:6443 was refused - did you specify the right host or port?\n',
    { kind: 'away', message: '10.0.0.1:6443 refuses connections' },
    {
      code: 'cluster-unreachable',
      hint: 'Is it up, and reachable from there? Try: kubectl --kubeconfig prod.conf get --raw /readyz',
    },
  ],
  [
    'Unable to connect to the server: dial tcp: lookup no.such.invalid on 10.0.0.53:53: no such host\n',
    { kind: 'away', message: 'dial tcp: lookup no.such.invalid on 10.0.0.53:53: no such host' },
    { code: 'cluster-unreachable' },
  ],
  [
    'Unable to connect to the server: net/http: TLS handshake timeout\n',
    { kind: 'away', message: 'net/http: TLS handshake timeout' },
    { code: 'cluster-unreachable' },
  ],
  [
    'E1121 07:16:24.687507    2898 memcache.go:265] "Unhandled Error" err="x"\nUnable to connect to the server: context deadline exceeded (Client.Timeout exceeded while awaiting headers)\n',
    { kind: 'away', message: 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)' },
    { code: 'cluster-unreachable' },
  ],
  [
    'Unable to connect to the server: tls: failed to verify certificate: x509: certificate signed by unknown authority\n',
    { kind: 'certificate' },
    { code: 'cluster-unreachable', hint: expect.stringContaining('another authority') },
  ],
  [
    'Unable to connect to the server: tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 2027-01-01T00:00:00Z is after 2026-01-01T00:00:00Z\n',
    { kind: 'certificate' },
    { code: 'cluster-unreachable', hint: expect.stringContaining('kubeadm certs check-expiration') },
  ],
  [
    'Unable to connect to the server: getting credentials: exec: executable aws not found\n\nIt looks like you are trying to use a client-go credential plugin that is not installed.\n',
    { kind: 'credentials', message: 'getting credentials: exec: executable aws not found' },
    { code: 'cluster-denied', message: expect.stringContaining('executable aws not found') },
  ],
  [
    'error: stat /nowhere: no such file or directory\n',
    { kind: 'kubeconfig', message: 'stat /nowhere: no such file or directory' },
    { code: 'cluster-unreachable', hint: expect.stringContaining('cluster.kubeconfig') },
  ],
  [
    'error: error loading config file "/x": yaml: line 1: did not find expected node content\n',
    { kind: 'kubeconfig' },
    { code: 'cluster-unreachable' },
  ],
  [
    'The connection to the server localhost:8080 was refused - did you specify the right host or port?\n',
    { kind: 'kubeconfig', message: 'it names no cluster (no current context)' },
    { code: 'cluster-unreachable' },
  ],
  ['', { kind: 'away', message: 'kubectl failed without a word' }, { code: 'cluster-unreachable' }],
];

describe('what kubectl says on standard error', () => {
  it.each(said)('%j', async (stderr, failure, error) => {
    const read = failureOf(failed(stderr));
    expect(read).toMatchObject(failure);
    expect(await explainFailure(fakeApi(), read, 'read it')).toMatchObject(error);
  });

  it.each([
    ['Error from server (NotFound): x\n', false],
    ['Error from server (Forbidden): x\n', false],
    ['error: You must be logged in to the server (Unauthorized)\n', true],
    ['Unable to connect to the server: EOF\n', true],
    ['error: stat /nowhere: no such file or directory\n', true],
  ])('%j may be otherwise on another host: %s', (stderr, otherwise) => {
    expect(isOfThisWay(failed(stderr))).toBe(otherwise);
  });

  it('names the contexts that there are', async () => {
    const api = fakeApi();
    api.answer = verb => (verb === 'config' ? { code: 0, stdout: 'prod\nstaging\n', stderr: '' } : undefined);
    const failure = failureOf(failed('error: context "prd" does not exist\n'));
    expect(await explainFailure(api, failure, 'read it')).toMatchObject({
      code: 'cluster-unreachable',
      message: 'there is no context prd in the kubeconfig of prod.conf; it has: prod, staging',
    });
  });

  it('cannot steer a terminal', async () => {
    const failure = failureOf(failed('Error from server (Forbidden): \u001b]0;x\u0007\n'));
    expect((await explainFailure(fakeApi(), failure, 'read it')).message).not.toContain('\u001b');
  });
});
