import { X509Certificate } from 'node:crypto';
import { NodeprepError } from '../core/errors.ts';
import { escapeLine } from '../core/escape.ts';
import type { KubectlFailure } from './kubectl-failure.ts';
import type { ClusterPort } from './port.ts';

/** What kubectl could not do, for people; looks up what helps: the contexts that there are, the day a certificate ended. */
export const explainFailure = async (
  port: ClusterPort,
  failure: KubectlFailure,
  doing: string,
): Promise<NodeprepError> => {
  const name = escapeLine(port.name, 200);
  if (failure.kind === 'context') return wrongContext(port, failure.context);
  const said = escapeLine(failure.message, 500);
  switch (failure.kind) {
    case 'away':
      return new NodeprepError('cluster-unreachable', `the API server of ${name} does not answer: ${said}`, {
        hint: `Is it up, and reachable from there? Try: ${port.command} get --raw /readyz`,
      });
    case 'certificate':
      return new NodeprepError('cluster-unreachable', `the API server of ${name} cannot be trusted: ${said}`, {
        hint: /expired|not yet valid/.test(said)
          ? "The API server's own certificate is out of date (kubeadm certs check-expiration on a control-plane host), or this clock is wrong."
          : 'Is the kubeconfig of this cluster? One from before the cluster was built anew names another authority.',
      });
    case 'credentials':
      return new NodeprepError('cluster-denied', `kubectl cannot log in at ${name}: ${said}`, {
        hint: `The kubeconfig asks another program for credentials. Try: ${port.command} get --raw /version`,
      });
    case 'kubeconfig':
      return new NodeprepError('cluster-unreachable', `the kubeconfig of ${name} cannot be used: ${said}`, {
        hint: 'Correct cluster.kubeconfig in the inventory: a path, ~/ is your home directory, relative ones start at the inventory.',
      });
    case 'unauthorized':
      return unauthorized(port, said);
    case 'status':
      return ofStatus(name, failure.reason, said, doing);
  }
};

const ofStatus = (name: string, reason: string, said: string, doing: string): NodeprepError => {
  if (reason === 'Forbidden') {
    return new NodeprepError('cluster-denied', `${name} does not let this user ${doing}: ${said}`, { hint: grantHint });
  }
  if (reason === 'Conflict') {
    return new NodeprepError('guard-mismatch', `${doing}: somebody else has changed it meanwhile: ${said}`, {
      hint: 'Plan again.',
    });
  }
  if (reason === 'NotFound') {
    return new NodeprepError('cluster-mismatch', `${doing}: it is not there: ${said}`, {
      hint: `Is ${name} the cluster of these hosts?`,
    });
  }
  return new NodeprepError('cluster-denied', `${name} refuses to ${doing} (${reason}): ${said}`);
};

export const grantHint =
  'The rights that are needed are in templates/cluster/nodeprep-clusterrole.yaml of nodeprep: an administrator applies it (kubectl apply -f) and binds it to this user.';

const wrongContext = async (port: ClusterPort, context: string): Promise<NodeprepError> => {
  const { code, stdout } = await port.kubectl(['config', 'get-contexts', '--output=name']);
  const names = code === 0 ? stdout.split('\n').filter(line => line !== '') : [];
  const known = names.length === 0 ? 'it has none' : `it has: ${names.slice(0, 20).join(', ')}`;
  return new NodeprepError(
    'cluster-unreachable',
    `there is no context ${escapeLine(context, 200)} in the kubeconfig of ${escapeLine(port.name, 200)}; ${escapeLine(known, 1_000)}`,
    { hint: 'Correct cluster.context in the inventory.' },
  );
};

const unauthorized = async (port: ClusterPort, said: string): Promise<NodeprepError> => {
  const ended = await certificateEnd(port);
  const why =
    ended === undefined ? '' : `; the client certificate of its kubeconfig is valid until ${ended.toISOString()}`;
  return new NodeprepError(
    'cluster-denied',
    `${escapeLine(port.name, 200)}: the API server does not know this user (${said})${why}`,
    {
      hint: 'The credentials have expired, were revoked, or are of another cluster. On a control-plane host: kubeadm certs check-expiration, kubeadm certs renew admin.conf',
    },
  );
};

/** undefined: the user has none, or it is in a file of its own. */
const certificateEnd = async (port: ClusterPort): Promise<Date | undefined> => {
  const path = 'jsonpath={.users[0].user.client-certificate-data}';
  try {
    const { code, stdout } = await port.kubectl(['config', 'view', '--minify', '--raw', `--output=${path}`]);
    return code === 0 && stdout !== ''
      ? new Date(new X509Certificate(Buffer.from(stdout, 'base64')).validTo)
      : undefined;
  } catch {
    return undefined;
  }
};
