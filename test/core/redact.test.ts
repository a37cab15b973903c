import TOML from '@iarna/toml';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRedactor } from '../../src/core/redact.ts';

const redact = createRedactor('a key');
const other = createRedactor('another key');

const pem = '-----BEGIN RSA PRIVATE KEY-----\nMIIEhunter2\nabc\n-----END RSA PRIVATE KEY-----';

/** Everything that must not survive holds the word hunter2. */
const planted: Readonly<Record<string, string>> = {
  'TOML password': 'username = "bot"\npassword = "hunter2"\n',
  'TOML literal string': "identitytoken = 'hunter2'\n",
  'TOML multi-line string': 'secret = """\nhunter2\n"""\n',
  'TOML quoted key': '"auth" = "Ym90Omh1bnRlcjI=hunter2"\n',
  'registry header': '[host."https://r.example".header]\n  x-custom = ["abc hunter2", "hunter2"]\n',
  'registry header on several lines': '[host."https://r.example".header]\nx = [\n  "hunter2",\n  "b=hunter2" ]\n',
  'registry header, inline': 'header = { "x-custom" = "hunter2", y = ["abc hunter2"] }',
  'registry header, dotted': 'host."https://r.example".header.x-custom = ["hunter2"]',
  'authorization header': 'Authorization: Basic aHVudGVyMg==hunter2',
  'docker config': '{"auths":{"r.example":{"auth":"hunter2=","identitytoken":"hunter2"}}}',
  'JSON within a string': '{"config":"{\\"password\\":\\"hunter2\\"}"}',
  'JSON with an escaped quote': '{"password":"hun\\"hunter2"}',
  'proxy user-info': 'Environment="HTTP_PROXY=http://bot:hunter2@proxy.example:3128/"',
  'proxy with @ in the password': 'http_proxy=http://bot:p@hunter2@proxy.example',
  'JSON with escaped slashes': '{"proxy":"http:\\/\\/bot:hunter2@proxy.example"}',
  'token as user': 'https://hunter2@git.example/x',
  'environment variable': 'REGISTRY_PASSWORD=hunter2 NEXT=1',
  'systemd environment': 'Environment="API_KEY=hunter2"',
  'mount options': '//nas/share /mnt cifs username=bot,password=hunter2,vers=3.0 0 0',
  'command line flag': 'kubelet --token hunter2 --v=2',
  'flag with equals': 'kubeadm join --discovery-token=hunter2',
  YAML: 'users:\n- token: hunter2\n',
  'YAML below a word that tells': 'credentials:\n  password: hunter2\n',
  'YAML list': 'tokens:\n- hunter2\n',
  'private key': pem.replaceAll('\n', '\r\n'),
  'private key in JSON': JSON.stringify({ key: pem }),
  'private key that is cut': '-----BEGIN PRIVATE KEY-----\nhunter2',
  'bearer in a sentence': 'sent Bearer hunter2hunter2 to the registry',
  'query string': 'https://r.example/v2/?scope=pull&token=hunter2&x=1',
};

/** What must stay readable. */
const harmless = [
  'sudo asks for a password: none is configured',
  'wrong password: try again',
  'token-ttl = "24h"\npassword_file = "/run/secrets/x"\n',
  'authorization-mode: Webhook',
  'net.ipv4.ip_forward = 1',
  'https://kubernetes.io/docs/setup/#cgroup-drivers',
  '[plugins."io.containerd.grpc.v1.cri".registry]\n  config_path = "/etc/containerd/certs.d"\n',
  'Basic authentication is off',
  'disable_token_auth = false',
  'enable_pass = true',
  'authorization:\n  mode: Webhook\n  webhook:\n    cacheAuthorizedTTL: 0s\ncgroupDriver: systemd\n',
  'authorization:\r\n    mode: AlwaysAllow\r\n',
];

describe('redact', () => {
  test.each(Object.entries(planted))('masks: %s', (_, text) => {
    const masked = redact.text(text);
    expect(masked).toContain('masked-');
    expect(masked).not.toContain('hunter2');
  });

  test.each(Object.entries(planted))('leaves alone what is masked: %s', (_, text) => {
    const masked = redact.text(text);
    expect(redact.text(masked)).toBe(masked);
    expect(other.text(masked)).toBe(masked);
  });

  test.each(harmless)('leaves alone: %s', text => {
    expect(redact.text(text)).toBe(text);
  });

  test('keeps equality under one key, and shows nothing under another', () => {
    const [a, b] = ['password = "same"', 'passwd: same'].map(text => /masked-\w+/.exec(redact.text(text))?.[0]);
    expect(a).toBe(b);
    expect(/masked-\w+/.exec(other.text('password = "same"'))?.[0]).not.toBe(a);
  });

  test('masks by key in JSON values and keeps their shape', () => {
    const masked = redact.value({
      auth: { password: 'hunter2', user: 'bot' },
      list: ['http://u:hunter2@h'],
      n: 1,
      ok: true,
    });
    expect(masked).toMatchObject({ auth: { user: 'bot' }, n: 1, ok: true });
    expect(JSON.stringify(masked)).not.toContain('hunter2');
  });

  test('the hash of a file whose text is masked becomes a keyed one, others stay', () => {
    const file = (text: string) => ({ files: [{ path: '/x', text, sha256: 'a'.repeat(64) }] });
    expect(redact.value(file('plain'))).toEqual(file('plain'));
    const [masked] = redact.value(file('password = "hunter2"')).files;
    expect(masked?.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(masked?.sha256).not.toBe('a'.repeat(64));
    expect(redact.value({ files: [masked] })).toEqual({ files: [masked] });
  });

  test('what parsed as JSON still does', () => {
    const key = fc.constantFrom('password', 'auth', 'token', 'name', 'identitytoken', 'x-secret');
    fc.assert(
      fc.property(fc.dictionary(key, fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.webUrl())), value => {
        const masked: unknown = JSON.parse(redact.text(JSON.stringify(value)));
        expect(Object.keys(masked as object)).toEqual(Object.keys(value));
      }),
    );
  });

  test('what parsed as TOML still does', () => {
    const key = fc.constantFrom('password', 'auth', 'token', 'name', 'api_key');
    fc.assert(
      fc.property(fc.dictionary(key, fc.oneof(fc.string(), fc.array(fc.string()), fc.boolean())), value => {
        const masked = TOML.parse(redact.text(TOML.stringify(value)));
        expect(Object.keys(masked)).toEqual(Object.keys(value));
      }),
    );
  });

  test('is idempotent on anything', () => {
    const word = fc.constantFrom(
      'password',
      '=',
      ':',
      ' ',
      '"',
      "'",
      '\n',
      'Bearer ',
      'x1y2z3w4',
      '://',
      '@',
      '--token',
      '\\"',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(word, fc.string()), { maxLength: 30 }), parts => {
        const once = redact.text(parts.join(''));
        expect(redact.text(once)).toBe(once);
      }),
      { numRuns: 500 },
    );
  });
});
