import { readFileSync, statSync } from 'node:fs';
import { type CertificateReader, certificatesIn, type ReadCertificate } from './certificates.ts';
import { expandPath, type PathBase } from './expand-paths.ts';

const maxBytes = 1024 * 1024;

/** Each file is read once, however many hosts share it. */
export const createCertificateReader = (base: PathBase): CertificateReader => {
  const known = new Map<string, ReadCertificate>();
  return path => {
    const found = known.get(path) ?? read(expandPath(path, base));
    known.set(path, found);
    return found;
  };
};

const read = (path: string): ReadCertificate => {
  try {
    const { size } = statSync(path);
    if (size > maxBytes) return { ok: false, problem: 'is larger than 1 MiB' };
    return certificatesIn(readFileSync(path, 'utf8'));
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    return { ok: false, problem: reason === 'ENOENT' ? 'does not exist' : `cannot be read (${reason})` };
  }
};
