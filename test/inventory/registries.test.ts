import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { certificatesIn } from '../../src/inventory/certificates.ts';
import { loadInventory } from '../../src/inventory/load.ts';
import { InventoryError } from '../../src/inventory/problems.ts';

/** CN=lab authority; self-signed for this test, its key was thrown away. */
const certificate = `-----BEGIN CERTIFICATE-----
MIIBhjCCASugAwIBAgIUbS9ch/kpLAYo6g6oet0CK40lSkcwCgYIKoZIzj0EAwIw
GDEWMBQGA1UEAwwNbGFiIGF1dGhvcml0eTAeFw0yNjExMjExNDM4MTBaFw0zNjEx
MTgxNDM4MTBaMBgxFjAUBgNVBAMMDWxhYiBhdXRob3JpdHkwWTATBgcqhkjOPQIB
BggqhkjOPQMBBwNCAAQ3VMwC83h6E3FR6Pqxi2+q39+lYdNyUd2a98jQD0+YnhHf
LWYsI+HEDDXCTSEFhWvl5gG69/E2MvuSKqBaY7+ko1MwUTAdBgNVHQ4EFgQUP6Xz
cZk1qvYYm49l05fqb6zK1YEwHwYDVR0jBBgwFoAUP6XzcZk1qvYYm49l05fqb6zK
1YEwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNJADBGAiEA6HzDd+YP8Rj6
TNU6D1/mJaeklZn7jxdZ59W+4NDDCasCIQC4OpgxnUkbD1qa5f7cOoFB6b7ffjjM
kJ0sS9E+z8JsuA==
-----END CERTIFICATE-----
`;

let directory = '';
const put = (name: string, text: string): string => {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
};
const load = (yaml: string) => loadInventory({ kind: 'file', path: put('i.yaml', yaml) }, { currentUser: 'me' });
const registriesOf = async (yaml: string) => (await load(yaml)).hosts[0]?.desired.runtime.registries;
const problemsOf = async (yaml: string): Promise<readonly string[]> => {
  const error: unknown = await load(yaml).catch(caught => caught);
  if (!(error instanceof InventoryError)) throw new Error('the inventory is good');
  return error.problems.map(({ line, column, message }) => `${line}:${column}: ${message}`);
};

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'nodeprep-registries-'));
  put('ca.pem', `subject=CN = lab\r\n${certificate.replaceAll('\n', '\r\n')}`);
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const hosts = 'hosts: { a: { address: a, groups: [g] } }';

describe('mirrors and trust of registries', () => {
  it('are one thing by name; certificates come from a file beside the inventory', async () => {
    expect(
      await registriesOf(`defaults:
  runtime:
    registryMirrors: { "*": [http://all:5000/], docker.io: [https://a, https://a/] }
    registries: { docker.io: { skipVerify: true }, "m:5000": { ca: ./ca.pem } }
groups: { g: { runtime: { registryMirrors: { docker.io: [https://b/v2/x] }, registries: { "m:5000": { skipVerify: false } } } } }
${hosts}`),
    ).toEqual([
      { name: '*', mirrors: ['http://all:5000'], ca: undefined, skipVerify: undefined },
      { name: 'docker.io', mirrors: ['https://b/v2/x'], ca: undefined, skipVerify: true },
      { name: 'm:5000', mirrors: [], ca: { path: './ca.pem', text: certificate }, skipVerify: false },
    ]);
  });

  it.each([
    ['is missing', 'none.pem', 'does not exist'],
    ['is a directory', '.', 'cannot be read (EISDIR)'],
    ['is no PEM', 'i.yaml', 'holds no certificate in PEM (-----BEGIN CERTIFICATE-----)'],
    ['holds a key', 'key.pem', 'holds a private key; give the file with the certificate alone'],
    ['is cut', 'cut.pem', 'holds a certificate that cannot be read (number 2)'],
  ])('a file that %s is told with its place, besides everything else', async (_, name, problem) => {
    put('key.pem', `${certificate}-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n`);
    put('cut.pem', `${certificate}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`);
    expect(
      await problemsOf(`defaults: { runtime: { registries: { q: { ca: ${name} } }, nonsense: 1 } }\n${hosts}`),
    ).toEqual(
      expect.arrayContaining([
        `1:47: the file ${name} ${problem}`,
        expect.stringContaining('defaults.runtime.nonsense is not a setting'),
      ]),
    );
  });

  it.each(['ftp://m', 'https://m?x=1', 'https://m/"', 'https://token@m', '//m'])('%s is no mirror', async url => {
    const problems = await problemsOf(`defaults: { runtime: { registryMirrors: { q: ['${url}'] } } }\n${hosts}`);
    expect(problems).toContainEqual(expect.stringMatching(/registryMirrors\.q\[0\] must be a URL such as/));
  });

  it.each(['..', 'a/b', 'a b', '.a'])('%j is no registry', async name => {
    const problems = await problemsOf(`defaults: { runtime: { registries: { '${name}': {} } } }\n${hosts}`);
    expect(problems).toContainEqual(expect.stringMatching(/must be a registry such as/));
  });
});

describe('proxy', () => {
  it('merges key by key; a list is one value', async () => {
    const text = `defaults: { proxy: { http: http://p:1/, noProxy: [10.0.0.0/8] } }
groups: { g: { proxy: { https: http://q:2, noProxy: [.example.com, "fd00::/8", "*.x"] } } }
${hosts}`;
    expect((await load(text)).hosts[0]?.desired.proxy).toEqual({
      http: 'http://p:1',
      https: 'http://q:2',
      noProxy: ['.example.com', 'fd00::/8', '*.x'],
    });
  });

  it('a password in it is refused, and not repeated', async () => {
    const problems = await problemsOf(`defaults: { proxy: { http: 'http://u:hunter2@p:1' } }\n${hosts}`);
    expect(problems).toContainEqual(
      '1:28: defaults.proxy.http holds a secret in clear text; take it out of the inventory',
    );
    expect(problems.join()).not.toContain('hunter2');
  });

  it.each(['p:3128', 'http://u@p', 'http://p/x', 'socks5://p'])('%s is no proxy', async url => {
    expect(await problemsOf(`defaults: { proxy: { http: '${url}' } }\n${hosts}`)).toContainEqual(
      expect.stringMatching(/proxy\.http must be the URL of a proxy without a user name/),
    );
  });
});

it('nothing but certificates is taken from a file', () => {
  const found = certificatesIn(`Bag Attributes\n${certificate}friendlyName: x\n${certificate}`);
  expect(found).toEqual({ ok: true, text: `${certificate}${certificate}` });
});
