import { loadAll } from 'js-yaml';
import { describe, expect, test } from 'vitest';
import type { DesiredRuntime } from '../../src/core/desired.ts';
import { runtimeClasses, runtimeClassesYaml } from '../../src/plan/runtime-classes.ts';
import { desiredNode } from '../desired.ts';

const hosts = (handlers: Readonly<Record<string, DesiredRuntime['handlers']>>) =>
  Object.entries(handlers).map(([host, names]) =>
    desiredNode({ host, runtime: names === undefined ? {} : { handlers: names } }),
  );

describe('RuntimeClasses', () => {
  test('none where nobody asks', () => {
    expect(runtimeClassesYaml(hosts({ a: undefined, b: [] }))).toBeUndefined();
  });

  test('one a handler, in one order, without a selector where every host has it', () => {
    expect(runtimeClasses(hosts({ a: ['crun', 'runc'], b: ['runc', 'crun'] }))).toEqual([
      { apiVersion: 'node.k8s.io/v1', kind: 'RuntimeClass', metadata: { name: 'runc' }, handler: 'runc' },
      { apiVersion: 'node.k8s.io/v1', kind: 'RuntimeClass', metadata: { name: 'crun' }, handler: 'crun' },
    ]);
  });

  test('the file holds the same, and says which nodes to label', () => {
    const mixed = hosts({ a: ['runc', 'kata'], b: ['runc'], c: ['runc', 'kata'] });
    const text = runtimeClassesYaml(mixed) ?? '';
    expect(loadAll(text)).toEqual(runtimeClasses(mixed));
    expect(runtimeClasses(mixed)[1]?.scheduling).toEqual({ nodeSelector: { 'nodeprep.io/handler-kata': 'true' } });
    expect(text).toContain('#   kubectl label node a c nodeprep.io/handler-kata=true\n');
    expect(text).not.toContain('handler-runc');
  });
});
