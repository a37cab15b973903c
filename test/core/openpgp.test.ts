import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { armorChecksum, dearmor, readPublicKeys } from '../../src/core/openpgp.ts';
import { armoured, keyBytes } from '../openpgp-keys.ts';

/** As gpg tells them. */
const never = { fingerprint: '28C013BAF2EB1DB465411CE27E25EF3D37A201E5', expiresAtSeconds: null };
const year = { fingerprint: 'E1DC682EE2D283254075B4E5419695EE0BBC6BDC', expiresAtSeconds: 1_798_761_600 };
const day = { fingerprint: 'E6BD215B25D51F938A8CBCC595A553E6CB9A95E7', expiresAtSeconds: 1_704_153_600 };

describe('the keys of a keyring', () => {
  it.each([
    ['one with a subkey', keyBytes('never'), [never]],
    ['one that expires', keyBytes('year'), [year]],
    ['several', Buffer.concat([keyBytes('never'), keyBytes('year'), keyBytes('day')]), [never, year, day]],
  ])('%s', (_what, bytes, keys) => {
    expect(readPublicKeys(bytes)).toEqual({ ok: true, keys });
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['text', Buffer.from('<html>not found</html>')],
    ['half of a key', keyBytes('never').subarray(0, 100)],
  ])('%s is none', (_what, bytes) => {
    expect(readPublicKeys(bytes)).toMatchObject({ ok: false });
  });

  it('never throws, whatever a host sends', () => {
    const cutOrBent = fc.record({ at: fc.nat(keyBytes('never').length - 1), byte: fc.nat(255), cut: fc.nat(400) });
    fc.assert(
      fc.property(cutOrBent, ({ at, byte, cut }) => {
        const bytes = Buffer.from(keyBytes('never'));
        bytes[at] = byte;
        expect(typeof readPublicKeys(bytes.subarray(0, cut)).ok).toBe('boolean');
      }),
    );
  });
});

describe('what the host program says of the same keys', () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'nodeprep-key-'));
    mkdirSync(join(directory, 'run'));
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  const template = (name: string): string => fileURLToPath(new URL(`../../templates/host/${name}.sh`, import.meta.url));

  const accept = (bytes: Buffer | string, fingerprint = never.fingerprint): string => {
    writeFileSync(join(directory, 'run/key-1-1-fetched'), bytes);
    const script = `. '${template('library')}'; . '${template('repository-apt')}'
      RUN='${directory}/run' STEP=1-1 OUT='${directory}/out'
      mismatch() { printf %s "$1"; exit 0; }
      key_dearmor <"$(key_file fetched)" >"$(key_file binary)" 2>/dev/null || mismatch 'no armour'
      key_accept ${fingerprint} ''; echo accepted; key_facts`;
    return execFileSync('sh', ['-c', script], { encoding: 'utf8' });
  };

  it.each([
    ['binary', keyBytes('never')],
    ['in armour', armoured(keyBytes('never'))],
    ['in armour with headers', armoured(keyBytes('never')).replace('BLOCK-----\n', 'BLOCK-----\nComment: a: b\n')],
    ['in armour with Windows line endings', armoured(keyBytes('never')).replaceAll('\n', '\r\n')],
    ['in armour after a sentence', `This is our key:\n\n${armoured(keyBytes('never'))}`],
  ])('the right one, %s', (_what, bytes) => {
    expect(accept(bytes)).toBe(`accepted\nkey ${never.fingerprint}\n`);
  });

  it('one that is good for a while', () => {
    expect(accept(keyBytes('year'), year.fingerprint)).toMatch(
      new RegExp(`accepted\nkey ${year.fingerprint}\nexpires ${year.expiresAtSeconds}\n|expired on 2027-01-01`),
    );
  });

  it.each([
    ['another one', keyBytes('year'), `is ${year.fingerprint}; expected ${never.fingerprint}`],
    ['several', Buffer.concat([keyBytes('never'), keyBytes('day')]), 'holds several keys'],
    ['several in armour', armoured(keyBytes('never')) + armoured(keyBytes('day')), 'holds several keys'],
    ['text', '<html>not found</html>', 'is no OpenPGP key'],
    ['nothing', '', 'is no OpenPGP key'],
    ['half of it', keyBytes('never').subarray(0, 100), 'is no OpenPGP key'],
  ])('%s is refused', (_what, bytes, words) => {
    expect(accept(bytes)).toContain(words);
  });

  it('one that expired is refused with the day', () => {
    expect(accept(keyBytes('day'), day.fingerprint)).toContain('expired on 2024-01-02');
  });
});

describe('ASCII armour', () => {
  it('gives the bytes of every block', () => {
    const text = `text before\n${armoured(keyBytes('never'))}\nbetween\n${armoured(keyBytes('year')).replaceAll('\n', '\r\n')}`;
    expect(dearmor(text).equals(Buffer.concat([keyBytes('never'), keyBytes('year')]))).toBe(true);
    expect(dearmor('no key').length).toBe(0);
  });

  // RFC 4880, 6.1: as gpg wrote it.
  it('ends with the checksum of the bytes', () => {
    expect(armorChecksum(Buffer.from('123456789'))).toBe(`=${Buffer.from([0x21, 0xcf, 0x02]).toString('base64')}`);
  });
});
