import { known, type Observed, unknown } from '../../core/observed.ts';
import type { CriAnswer, CriAnswers } from '../../facts/cri.ts';
import type { HandlerDriver, InForce } from '../runtimes/runtime-view.ts';

/** What any runtime tells of itself over CRI, whoever it is. */

const answerAt = (cri: CriAnswers, socket: string): Observed<Extract<CriAnswer, { answered: true }>> => {
  const answer = cri[socket];
  if (answer === undefined) return unknown(`nothing listens at ${socket}`);
  return answer.answered ? known(answer) : unknown(`CRI: ${answer.reason}`);
};

/** Runtimes with one driver for all their handlers tell it by RuntimeConfig. */
export const driverFromRuntimeConfig = (
  cri: CriAnswers,
  socket: string,
): Observed<InForce<readonly HandlerDriver[]>> => {
  const answer = answerAt(cri, socket);
  if (!answer.known) return answer;
  const { cgroupDriver, runtimeName, runtimeVersion } = answer.value;
  return cgroupDriver === null
    ? unknown(`${runtimeName} ${runtimeVersion} does not implement RuntimeConfig`)
    : known({ value: [{ name: 'default', driver: cgroupDriver }], from: 'CRI RuntimeConfig' });
};

/** `sandboxImage` of the configuration in verbose Status, where kubeadm reads it too. */
export const sandboxImageFromStatus = (cri: CriAnswers, socket: string): Observed<InForce<string>> => {
  const answer = answerAt(cri, socket);
  if (!answer.known) return answer;
  const { config, runtimeName } = answer.value;
  const image = typeof config === 'object' && config !== null && 'sandboxImage' in config ? config.sandboxImage : '';
  return typeof image === 'string' && image !== ''
    ? known({ value: image, from: 'CRI Status' })
    : unknown(`Status of ${runtimeName} names no sandbox image`);
};
