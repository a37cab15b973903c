import { NodeprepError } from '../core/errors.ts';
import type { Failure } from './conversation.ts';
import type { SecretSource } from './endpoint.ts';
import { explainShell } from './shell-words.ts';
import { explainSudo, isRefusal } from './sudo-words.ts';

/** What the messages say of a host. */
export interface Place {
  readonly host: string;
  readonly user: string;
  readonly startTimeoutMs: number;
  readonly sudoPassword: SecretSource | undefined;
  /** Why the connection is gone; undefined while it stands. */
  lost(): string | undefined;
}

export const interrupted = (host: string): NodeprepError => new NodeprepError('interrupted', `${host}: interrupted.`);

export const lostError = (host: string, reason: string): NodeprepError =>
  new NodeprepError('connect-failed', `the connection to ${host} was lost: ${reason}.`, {
    hint: 'Look at the network and at sshd on the host, then run again.',
  });

export const refusalError = (said: string, user: string, passwordId: string | undefined): NodeprepError => {
  const { code, reason, hint } = explainSudo(said, user, passwordId);
  return new NodeprepError(code, reason, { hint });
};

export const explainFailure = (place: Place, failure: Failure): NodeprepError => {
  const lost = place.lost();
  if (lost !== undefined) return lostError(place.host, lost);
  const bySudo = failure.asked && failure.kind === 'over' && failure.exit.code !== null;
  if (bySudo || isRefusal(failure.sudoSaid)) return refusalError(failure.sudoSaid, place.user, place.sudoPassword?.id);
  return explainShell(place, failure);
};
