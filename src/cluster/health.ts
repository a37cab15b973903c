import { NodeprepError } from '../core/errors.ts';
import type { Api } from './api.ts';
import { explainFailure } from './explain-failure.ts';

const timeoutMs = 10_000;

/** False where nobody answers, or answers that it is not ready; that it refuses us is an error. */
export const isHealthy = async (api: Api): Promise<boolean> => {
  const options = { doing: 'read /readyz', timeoutMs, isUrgent: true };
  const failure = await api.probe('/readyz', options).catch((error: unknown) => {
    if (error instanceof NodeprepError && isAbsence(error.code)) return 'no answer' as const;
    throw error;
  });
  if (failure === undefined) return true;
  if (failure === 'no answer' || failure.kind === 'away') return false;
  throw await explainFailure(api.port, failure, options.doing);
};

const isAbsence = (code: string): boolean => code === 'cluster-unreachable' || /^(connect-|no-)/.test(code);
