import { hostname, userInfo } from 'node:os';

/** `ops@ci-7`, named to others who find the lock. A user without an entry in passwd (as in containers) has a number only. */
export const holderName = (): string => {
  try {
    return `${userInfo().username}@${hostname()}`;
  } catch {
    return `uid-${process.getuid?.() ?? 'unknown'}@${hostname()}`;
  }
};
