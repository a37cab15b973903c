import { defineClusterCheck } from '../check.ts';

/** Upstream supports a kubectl within one minor of the API server. What nodeprep asks is older than that, so it is told and not refused. */
export const kubectlSkew = defineClusterCheck({
  id: 'kubectl-skew',
  title: 'kubectl is within one minor version of the API server',
  severity: 'warning',
  source: 'https://kubernetes.io/releases/version-skew-policy/#kubectl',
  evaluate({ serverVersion, clientVersion }) {
    const observed = `kubectl ${clientVersion}, API server ${serverVersion}`;
    const [server, client] = [serverVersion, clientVersion].map(version => version.split('.').map(Number));
    const isNear = server?.[0] === client?.[0] && Math.abs((server?.[1] ?? 0) - (client?.[1] ?? 0)) <= 1;
    if (isNear) return { status: 'pass', observed };
    return {
      status: 'fail',
      message: `kubectl ${clientVersion} is more than one minor version away from the API server (${serverVersion})`,
      observed,
      expected: `kubectl ${server?.[0] ?? ''}.${server?.[1] ?? ''}, or one minor version beside it`,
      remedy: `install kubectl ${server?.[0] ?? ''}.${server?.[1] ?? ''}: https://kubernetes.io/docs/tasks/tools/#kubectl`,
      fixedByApply: false,
    };
  },
});
