import { describe, expect, test } from 'vitest';
import type { DesiredRuntime } from '../../src/core/desired.ts';
import { packageNames } from '../../src/facts/packages.ts';
import { wantedPackages } from '../../src/installers/wanted-packages.ts';
import { osFamilies } from '../../src/os/index.ts';
import { runtimePackages } from '../../src/os/runtime-packages.ts';
import { desiredNode } from '../desired.ts';

const names: readonly DesiredRuntime['name'][] = ['containerd', 'cri-o', 'docker', 'mirantis'];
const sources: readonly DesiredRuntime['source'][] = ['distribution', 'upstream', 'archive'];

describe.each(osFamilies.map(os => [os.id, os] as const))('what a runtime consists of, on %s', (_, os) => {
  test.each(names.flatMap(name => sources.map(source => [name, source] as const)))('%s of %s', (name, source) => {
    const { runtime } = desiredNode({ runtime: { name, source } });
    const found = runtimePackages(runtime, os);
    // Nobody looks at a package that facts do not name.
    expect(found.filter(one => !packageNames.some(asked => asked === one))).toEqual([]);
    const [wanted] = wantedPackages({ runtime }, os);
    if (wanted !== undefined) expect(found[0]).toBe(wanted.name);
  });
});

test('beneath Docker too', () => {
  const of = (name: DesiredRuntime['name'], source: DesiredRuntime['source']) =>
    osFamilies.slice(0, 1).map(os => runtimePackages(desiredNode({ runtime: { name, source } }).runtime, os).join(' '));
  expect(of('docker', 'distribution')).toEqual(['docker.io docker-cli containerd runc']);
  expect(of('docker', 'upstream')).toEqual(['docker-ce docker-ce-cli containerd.io']);
  expect(of('mirantis', 'upstream')).toEqual(['docker-ee docker-ee-cli containerd.io']);
  expect(of('containerd', 'distribution')).toEqual(['containerd runc']);
  expect(of('containerd', 'archive')).toEqual(['']);
});
