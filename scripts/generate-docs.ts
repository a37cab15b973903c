import { readFileSync, writeFileSync } from 'node:fs';
import { withKeyReference } from '../src/inventory/key-reference.ts';
import { renderChecks, renderErrors } from './docs-pages.ts';

/** `npm run docs` writes the generated pages; with `--check` it only says whether they are up to date. */
const pages = {
  'docs/checks.md': renderChecks(),
  'docs/errors.md': renderErrors(),
  'docs/inventory.md': withKeyReference(current('docs/inventory.md') ?? ''),
};

const stale = Object.entries(pages).filter(([path, text]) => current(path) !== text);

if (process.argv.includes('--check')) {
  for (const [path] of stale) console.error(`${path} is out of date: npm run docs`);
  process.exitCode = stale.length === 0 ? 0 : 1;
} else {
  for (const [path, text] of stale) writeFileSync(inRepository(path), text);
  console.error(stale.length === 0 ? 'nothing to do' : `written: ${stale.map(([path]) => path).join(', ')}`);
}

function inRepository(path: string): URL {
  return new URL(`../${path}`, import.meta.url);
}

function current(path: string): string | undefined {
  try {
    return readFileSync(inRepository(path), 'utf8');
  } catch {
    return undefined;
  }
}
