import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  fingerprint,
  formatKnownHost,
  judgeHostKey,
  linesFor,
  matchesName,
  orderAlgorithms,
  parseKnownHosts,
} from '../../src/connect/known-hosts.ts';

/** A public key in wire format; the parser looks at its type only. */
const keyOf = (type: string, seed: number): Buffer => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(type.length);
  return Buffer.concat([length, Buffer.from(type), Buffer.alloc(32, seed)]);
};
const ed = keyOf('ssh-ed25519', 1);
const edOther = keyOf('ssh-ed25519', 2);
const rsa = keyOf('ssh-rsa', 3);
const b64 = (key: Buffer): string => key.toString('base64');
const hashed = (name: string): string => {
  const salt = Buffer.alloc(20, 7);
  return `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(name).digest('base64')}`;
};
const judge = (text: string, key: Buffer, address = 'node', port = 22) =>
  judgeHostKey(linesFor(parseKnownHosts(text), address, port), key);

describe('matchesName', () => {
  it.each([
    ['node', 'node', true],
    ['Node', 'node', true],
    ['other', 'node', false],
    ['a,node,b', 'node', true],
    ['*', 'node', true],
    ['n?de', 'node', true],
    ['n?de', 'noode', false],
    ['*.example.com', 'a.example.com', true],
    ['*.example.com,!a.example.com', 'a.example.com', false],
    ['!a.example.com,*.example.com', 'b.example.com', true],
    ['!node', 'other', false],
    ['10.0.0.*', '10.0.0.21', true],
    ['[node]:2222', '[node]:2222', true],
    ['[node]:2222', 'node', false],
    ['[*]:2222', '[node]:2222', true],
    ['', 'node', false],
    [hashed('node'), 'node', true],
    [hashed('[node]:2222'), '[node]:2222', true],
    [hashed('node'), '[node]:2222', false],
    ['|1|broken', 'node', false],
    ['|2|AAAA|AAAA', 'node', false],
  ])('%s for %s: %s', (names, name, expected) => {
    expect(matchesName(names, name)).toBe(expected);
  });

  it('takes a line of one plain name as it takes the same name in a list', () => {
    const letters = fc.string({
      unit: fc.constantFrom('a', 'B', '.', '-', '[', ']', ':', '2'),
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(letters, letters, (names, name) => {
        expect(matchesName(names, name)).toBe(matchesName(`${names},other-name`, name));
      }),
    );
  });

  it('is quick for a pattern made to be slow', () => {
    expect(matchesName('*a*a*a*a*a*a*a*a*a*a*b', 'a'.repeat(5000))).toBe(false);
  });
});

describe('judgeHostKey', () => {
  it.each([
    ['one key', `node ssh-ed25519 ${b64(ed)}\n`, 'known'],
    ['a comment after the key, tabs and CRLF', `node\tssh-ed25519  ${b64(ed)} ops@node\r\n`, 'known'],
    [
      'several keys',
      `node ssh-rsa ${b64(rsa)}\nnode ssh-ed25519 ${b64(edOther)}\nnode ssh-ed25519 ${b64(ed)}\n`,
      'known',
    ],
    ['hashed', `${hashed('node')} ssh-ed25519 ${b64(ed)}\n`, 'known'],
    [
      'comments and rubbish only',
      `# node ssh-ed25519 ${b64(ed)}\nrubbish\n@wrong node ssh-ed25519 ${b64(ed)}\n\n`,
      'unknown',
    ],
    ['a type that the key does not have', `node ssh-rsa ${b64(ed)}\n`, 'unknown'],
    ['another key', `node ssh-ed25519 ${b64(edOther)}\n`, 'changed'],
    ['another kind of key', `node ssh-rsa ${b64(rsa)}\n`, 'changed'],
    ['another port', `[node]:2222 ssh-ed25519 ${b64(ed)}\n`, 'unknown'],
    ['revoked', `@revoked * ssh-ed25519 ${b64(ed)}\nnode ssh-ed25519 ${b64(ed)}\n`, 'revoked'],
    ['another key revoked', `@revoked * ssh-ed25519 ${b64(edOther)}\nnode ssh-ed25519 ${b64(ed)}\n`, 'known'],
    ['an authority', `@cert-authority * ssh-ed25519 ${b64(ed)}\n`, 'unknown'],
    ['an empty file', '', 'unknown'],
  ])('%s: %s', (_, text, kind) => {
    expect(judge(text, ed).kind).toBe(kind);
  });

  it('looks a port other than 22 up in brackets', () => {
    expect(judge(`[node]:2222 ssh-ed25519 ${b64(ed)}`, ed, 'node', 2222).kind).toBe('known');
    expect(judge(`node ssh-ed25519 ${b64(ed)}`, ed, 'node', 2222).kind).toBe('unknown');
  });

  it('names the line of the same kind of key when it changed', () => {
    const verdict = judge(`\nnode ssh-rsa ${b64(rsa)}\nnode ssh-ed25519 ${b64(edOther)}\n`, ed);
    expect(verdict).toMatchObject({ kind: 'changed', line: { line: 3 } });
  });
});

describe('orderAlgorithms', () => {
  const supported = ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'] as const;
  it.each([
    ['', [...supported]],
    [`node ssh-rsa ${b64(rsa)}`, ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa', 'ssh-ed25519', 'ecdsa-sha2-nistp256']],
    [`node ssh-dss ${b64(keyOf('ssh-dss', 1))}`, [...supported]],
    [`@revoked node ssh-rsa ${b64(rsa)}`, [...supported]],
  ])('%s', (text, expected) => {
    expect(orderAlgorithms(parseKnownHosts(text), supported)).toEqual(expected);
  });
});

it('prints fingerprints as ssh-keygen does', () => {
  // A real key, made for this test; ssh-keygen -l printed the fingerprint.
  const key = Buffer.from('AAAAC3NzaC1lZDI1NTE5AAAAIPwtCtcL4bi+UoqSRDCBA3nhc/BdxVwjXEacqqI7WWjr', 'base64');
  expect(fingerprint(key)).toBe('SHA256:QO0kFkBhFxVEHzscIjCCgaIb5AWY81o30ASc6+nsHRE');
});

describe('properties', () => {
  it('the parser never throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' })), fc.string(), (text, address) => {
        judgeHostKey(linesFor(parseKnownHosts(text), address, 22), ed);
      }),
    );
  });

  it('a written line is known again', () => {
    fc.assert(
      fc.property(
        fc.domain(),
        fc.integer({ min: 1, max: 65535 }),
        fc.integer({ min: 0, max: 255 }),
        (name, port, seed) => {
          const key = keyOf('ssh-ed25519', seed);
          expect(judge(formatKnownHost(name, port, key), key, name, port).kind).toBe('known');
        },
      ),
    );
  });
});
