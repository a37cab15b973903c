import { describe, expect, it } from 'vitest';
import { problemOf, problemsOf } from './problems-of.ts';

const hosts = 'hosts: { a: { address: 10.0.0.1 } }\n';
const forms = 'one of { env: NAME }, { file: PATH }, { command: [WORD, …] } or { prompt: true }';

describe('a secret in the inventory', () => {
  it.each([
    [
      'as the password',
      `defaults: { sudo: { password: hunter2 } }\n${hosts}`,
      `1:31: defaults.sudo.password holds a secret in clear text; write ${forms}`,
    ],
    [
      'as the passphrase',
      `defaults: { ssh: { passphrase: "hunter2" } }\n${hosts}`,
      `1:32: defaults.ssh.passphrase holds a secret in clear text; write ${forms}`,
    ],
    [
      'as a number',
      `defaults: { sudo: { password: 123456 } }\n${hosts}`,
      `1:31: defaults.sudo.password holds a secret in clear text; write ${forms}`,
    ],
    [
      'where it is no setting',
      `defaults: { ssh: { password: hunter2 } }\n${hosts}`,
      '1:30: defaults.ssh.password holds a secret in clear text; take it out of the inventory',
    ],
    [
      'under a name of another tool',
      'hosts: { a: { address: b, ansible_become_password: hunter2 } }',
      '1:52: hosts.a.ansible_become_password holds a secret in clear text; take it out of the inventory',
    ],
    [
      'in a part that is not looked at',
      `x-notes: { apiToken: hunter2 }\n${hosts}`,
      '1:22: x-notes.apiToken holds a secret in clear text; take it out of the inventory',
    ],
    [
      'as a private key',
      `defaults:\n  ssh:\n    identityFile: |\n      -----BEGIN OPENSSH PRIVATE KEY-----\n      hunter2\n${hosts}`,
      '4:7: defaults.ssh.identityFile holds a secret in clear text; take it out of the inventory',
    ],
    [
      'inside a URL',
      `defaults: { runtime: { registryMirrors: { registry.k8s.io: ["https://ops:hunter2@mirror.example.com"] } } }\n${hosts}`,
      '1:61: defaults.runtime.registryMirrors["registry.k8s.io"][0] holds a secret in clear text; take it out of the inventory',
    ],
    [
      'instead of the settings of sudo',
      `defaults: { sudo: hunter2 }\n${hosts}`,
      '1:19: defaults.sudo must be a mapping; found a value that is not shown',
    ],
    [
      'as a key',
      `defaults: { sudo: {hunter2} }\n${hosts}`,
      '1:20: defaults.sudo has an unknown setting; known here: password',
    ],
    [
      'as a key of the reference',
      `defaults: { sudo: { password: {hunter2} } }\n${hosts}`,
      `1:32: defaults.sudo.password has an unknown key; it must be ${forms}`,
    ],
    [
      'as a command line',
      `defaults: { sudo: { password: { command: echo hunter2 } } }\n${hosts}`,
      '1:42: defaults.sudo.password.command must be a list of words, such as [pass, show, sudo]',
    ],
    [
      'as a name that cannot be one',
      `defaults: { sudo: { password: { env: "hunter2!" } } }\n${hosts}`,
      '1:38: defaults.sudo.password.env must be the name of an environment variable; found a value that is not shown',
    ],
    [
      'twice',
      `defaults: { sudo: { password: { hunter2: 1, hunter2: 2 } } }\n${hosts}`,
      `1:33: defaults.sudo.password has an unknown key; it must be ${forms}`,
    ],
  ])('%s is refused and not repeated', (_where, text, shown) => {
    const lines = problemsOf(text);
    expect(lines[0]).toBe(`i.yaml:${shown}`);
    expect(lines.join('\n')).not.toMatch(/hunter2|123456/);
  });

  it('is not repeated by a syntax error on its line', () => {
    expect(problemOf('sudo: { password: "hunter2 }')).toBe(
      'i.yaml:1:29: not valid YAML: unexpected end of the stream within a double quoted scalar',
    );
  });
});

describe('a reference to a secret', () => {
  it.each([
    ['with a mistyped key', '{ evn: NAME }', '33: defaults.sudo.password has an unknown key; did you mean env?'],
    [
      'in two ways',
      '{ env: NAME, prompt: true }',
      '44: defaults.sudo.password must be exactly one of { env: NAME }, { file: PATH }, { command: [WORD, …] } or { prompt: true }',
    ],
    ['in no way', '{}', `31: defaults.sudo.password must be exactly ${forms}`],
    ['without value', '', `21: defaults.sudo.password must be ${forms}`],
    ['as a list', '[env]', `31: defaults.sudo.password must be ${forms}`],
    ['that does not ask', '{ prompt: false }', '41: defaults.sudo.password.prompt must be true'],
  ])('%s', (_what, reference, shown) => {
    expect(problemOf(`defaults: { sudo: { password: ${reference} } }\n${hosts}`)).toBe(`i.yaml:1:${shown}`);
  });
});
