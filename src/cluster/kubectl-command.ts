import { NodeprepError } from '../core/errors.ts';

/** How long kubectl may take where the caller says nothing. */
export const defaultTimeoutMs = 30_000;

/** A page of 500 pods has about 5 MiB; far above that no answer is read to its end. */
export const outputLimitBytes = 64 * 1024 * 1024;

export const stderrLimitBytes = 64 * 1024;

/**
 * Variables that would send kubectl elsewhere or change what it does: another kubeconfig, the cluster that nodeprep itself
 * runs in, aliases and defaults of a user's kuberc.
 */
export const removedVariables = ['KUBECONFIG', 'KUBERNETES_SERVICE_HOST', 'KUBERNETES_SERVICE_PORT'] as const;
export const setVariables = { KUBERC: 'off', KUBECTL_KUBERC: 'false', LC_ALL: 'C' } as const;

export const kubectlEnvironment = (
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string | undefined> => {
  const kept = Object.entries(env).filter(([name]) => removedVariables.every(removed => removed !== name));
  return { ...Object.fromEntries(kept), ...setVariables };
};

/** kubectl gives up by itself a little before it is ended, and then says what it waited for. */
export const requestTimeout = (timeoutMs: number): string =>
  `--request-timeout=${Math.max(1, Math.floor(timeoutMs / 1_000) - 1)}s`;

export const lateMessage = (timeoutMs: number): string =>
  `Unable to connect to the server: kubectl did not end within ${Math.round(timeoutMs / 1_000)} s`;

export const tooLarge = (name: string): NodeprepError =>
  new NodeprepError('answer-too-large', `the API server of ${name} sent more than ${outputLimitBytes} bytes at once.`);
