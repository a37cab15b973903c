import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { checkFiles, exportName } from '../scripts/check-files.ts';
import { renderChecks, renderErrors } from '../scripts/docs-pages.ts';
import { checks, clusterChecks, fleetChecks, proofChecks } from '../src/checks/index.ts';
import { factIds } from '../src/facts/index.ts';

const inRepository = (path: string): URL => new URL(`../${path}`, import.meta.url);
const files = checkFiles();
const registered = [...checks, ...fleetChecks, ...clusterChecks, ...proofChecks];

describe.each(files)('$area/$id', ({ area, id }) => {
  const found = registered.filter(check => check.id === id);
  const [check] = found;
  if (check === undefined) throw new Error(`src/checks/${area}/${id}.ts is not in src/checks/index.ts`);

  test('is exported once, under its own name, and registered once', async () => {
    const module: Readonly<Record<string, unknown>> = await import(`../src/checks/${area}/${id}.ts`);
    expect(Object.keys(module)).toEqual([exportName(id)]);
    expect(module[exportName(id)]).toBe(check);
    expect(found).toHaveLength(1);
  });

  test('has an id in kebab case, a statement as title, and a source', () => {
    expect(id).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
    expect(check.title).toMatch(/^\S.*[^.\s]$/);
    expect(check.source).toMatch(/^(https:\/\/\S+|docs\/checks\.md#\S+)$/);
    expect(URL.canParse(check.source, 'https://example.com')).toBe(true);
  });

  test('needs facts that exist, each once', () => {
    if (!('needs' in check)) return expect(['cluster', 'proof']).toContain(area);
    expect(check.needs.length).toBeGreaterThan(0);
    expect(new Set(check.needs).size).toBe(check.needs.length);
    expect(factIds).toEqual(expect.arrayContaining([...check.needs]));
  });

  test('has its own test', () => expect(existsSync(inRepository(`test/checks/${area}/${id}.test.ts`))).toBe(true));
});

test('nothing is registered without a file', () => {
  expect(registered.map(check => check.id).toSorted()).toEqual(files.map(({ id }) => id).toSorted());
});

test.each([
  ['compare hosts', 'fleet', fleetChecks],
  ['look at the cluster', 'cluster', clusterChecks],
  ['look at what a proof has shown', 'proof', proofChecks],
])('only the checks that %s are in %s/', (_what, folder, list) => {
  expect(list.map(check => check.id).toSorted()).toEqual(
    files
      .filter(({ area }) => area === folder)
      .map(({ id }) => id)
      .toSorted(),
  );
});

test.each([
  ['docs/checks.md', renderChecks],
  ['docs/errors.md', renderErrors],
])('%s is up to date: npm run docs', (path, render) => {
  expect(readFileSync(inRepository(path), 'utf8')).toBe(render());
});
