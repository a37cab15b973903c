import { describe, expect, test } from 'vitest';
import type { DesiredRegistry } from '../../../src/core/desired.ts';
import { registryEdits, unableRegistries } from '../../../src/installers/docker/registries.ts';

const registry = (name: string, wish: Partial<DesiredRegistry> = {}): DesiredRegistry => ({
  ...{ name, mirrors: [], ca: undefined, skipVerify: undefined },
  ...wish,
});
const hub = registry('docker.io', { mirrors: ['https://a', 'https://b'] });

describe('registries of Docker', () => {
  test.each([
    ['new', {}, ['https://a', 'https://b']],
    [
      'behind ours stay those of the site',
      { 'registry-mirrors': ['https://c'] },
      ['https://a', 'https://b', 'https://c'],
    ],
    ['the order of the inventory', { 'registry-mirrors': ['https://b/', 'https://a'] }, ['https://a', 'https://b']],
  ])('mirrors: %s', (_, config, value) => {
    expect(registryEdits(config, { registries: [hub] })).toEqual([{ path: ['registry-mirrors'], value }]);
    expect(registryEdits({ 'registry-mirrors': value }, { registries: [hub] })).toEqual([]);
  });

  test('unseen certificates are a list, of which the inventory takes out what it says of', () => {
    const registries = [registry('x:5000', { skipVerify: true }), registry('y', { skipVerify: false })];
    expect(registryEdits({ 'insecure-registries': ['y', 'z'] }, { registries })).toEqual([
      { path: ['insecure-registries'], value: ['z', 'x:5000'] },
    ]);
    expect(registryEdits({ 'insecure-registries': ['z', 'x:5000'] }, { registries })).toEqual([]);
  });

  test.each([
    [
      registry('registry.k8s.io', { mirrors: ['https://m'] }),
      /Docker can mirror docker\.io alone/,
      /imageRepository: m/,
    ],
    [registry('*', { mirrors: ['https://m'] }), /every registry \("\*"\)/, /containerd or CRI-O/],
    [registry('docker.io', { mirrors: ['https://m/v2/hub'] }), /has a path/, /such as https:\/\/m\./],
    [registry('docker.io', { skipVerify: true }), /says how docker\.io is trusted/, /update-ca-certificates/],
  ])('is refused: %o', (wish, message, hint) => {
    expect(unableRegistries({ registries: [wish] })).toMatchObject([
      { message: expect.stringMatching(message), hint: expect.stringMatching(hint) },
    ]);
  });
});
