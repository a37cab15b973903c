import type { Connection } from '../connect/connection.ts';
import type { CriAnswer } from '../facts/cri.ts';
import { type BridgeOptions, overBridge } from './over-bridge.ts';

const isAnswer = (value: unknown): value is CriAnswer =>
  typeof value === 'object' && value !== null && 'answered' in value && typeof value.answered === 'boolean';

/**
 * What the runtime behind a socket on the host says about itself (`Version`, `Status`, `RuntimeConfig`) and which sandboxes it
 * has. Whatever goes wrong is an answer with its reason; this never throws.
 */
export const askCri = async (
  connection: Connection,
  socketPath: string,
  options: BridgeOptions,
): Promise<CriAnswer> => {
  if (connection.replay !== undefined) {
    const recorded = connection.replay.cri[socketPath];
    if (isAnswer(recorded)) return recorded;
    return { answered: false, reason: 'the recording holds no answer of this runtime' };
  }
  const asked = await overBridge(connection, socketPath, options, async path => {
    const [{ askAll }, { toAnswer }] = await Promise.all([import('./client.ts'), import('./to-answer.ts')]);
    return toAnswer(await askAll(path, new Date(Date.now() + options.timeoutMs)));
  });
  return asked.held ? asked.value : { answered: false, reason: asked.reason };
};
