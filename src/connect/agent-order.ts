import type { BaseAgent, KnownPublicKeys } from 'ssh2';

/** An agent that shows the wanted key first, then the others: sshd ends a login after a few keys that it does not know (MaxAuthTries). */
export const askedFirstFor = (wanted: Buffer | undefined, agent: BaseAgent): BaseAgent => {
  if (wanted === undefined) return agent;
  const isWanted = (key: KnownPublicKeys[number]): boolean =>
    typeof key === 'object' && 'getPublicSSH' in key && key.getPublicSSH().equals(wanted);
  const ask = agent.getIdentities.bind(agent);
  agent.getIdentities = answer =>
    ask((error, keys) => {
      if (keys === undefined) answer(error);
      else answer(error, [...keys.filter(isWanted), ...keys.filter(key => !isWanted(key))]);
    });
  return agent;
};
