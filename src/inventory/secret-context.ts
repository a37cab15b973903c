import type { Path } from './path.ts';

const secretWord = /pass(word|phrase|wd)?$|secret|token|credential|(private|api|access)[-_]?key/i;

/** Whether a key of this name is where people put a secret. */
export const namesSecret = (key: string): boolean => secretWord.test(key);

/** Where a mistake may have put a secret in the wrong place: what stands there is never shown. */
export const isSecretContext = (path: Path): boolean =>
  path.some(step => typeof step === 'string' && (step === 'sudo' || namesSecret(step)));

/** Text that is a secret wherever it stands: a private key, or a password inside a URL. */
export const looksSecret = (text: string): boolean =>
  /-----BEGIN [A-Z ]*PRIVATE KEY/.test(text) || /^[a-z][a-z0-9+.-]*:\/\/[^/@\s]*:[^/@\s]*@/i.test(text);
