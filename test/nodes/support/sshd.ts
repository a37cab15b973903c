/**
 * An sshd configuration with more ports than 22. sshd takes at most 16 sockets, so no IPv6; it drops at random what goes
 * beyond ten logins at once, which hosts of their own would never see.
 */
export const listenOn = (ports: readonly number[]): string =>
  `AddressFamily inet\nMaxStartups 100\n${[22, ...ports].map(port => `Port ${port}\n`).join('')}`;
