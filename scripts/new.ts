import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { checkFiles, exportName, notAreas } from './check-files.ts';
import { checkSource, checkTest, withCheck } from './new-check.ts';

/**
 * `npm run new -- check [AREA/]NAME`: source, test and index line of a check that fails until it is written.
 */
const inRepository = (path: string): URL => new URL(`../${path}`, import.meta.url);

const fail = (message: string): never => {
  console.error(`${message}\nusage: npm run new -- check [AREA/]NAME     (areas: ${areas().join(', ')}, or a new one)`);
  process.exit(2);
};

const areas = (): readonly string[] => [...new Set(checkFiles().map(({ area }) => area))];

const write = (path: string, text: string): void => {
  mkdirSync(new URL('.', inRepository(path)), { recursive: true });
  writeFileSync(inRepository(path), text);
  console.error(`written: ${path}`);
};

const [kind, name = ''] = process.argv.slice(2);
// Without an area: about the host as a whole.
const [, area = 'system', id] = /^(?:([a-z][a-z0-9-]*)\/)?([a-z][a-z0-9]*(?:-[a-z0-9]+)*)$/.exec(name) ?? [];

if (kind !== 'check') fail(`cannot make ${JSON.stringify(kind ?? '')}`);
else if (id === undefined || notAreas.includes(area ?? ''))
  fail(`${JSON.stringify(name)} is not [AREA/]NAME in kebab case`);
else if (checkFiles().some(file => file.id === id)) fail(`there is a check ${id} already`);
else {
  const check = { area, id, name: exportName(id) };
  const source = `src/checks/${area}/${id}.ts`;
  if (existsSync(inRepository(source))) fail(`${source} exists`);
  write(source, checkSource(check));
  write(`test/checks/${area}/${id}.test.ts`, checkTest(check));
  const index = readFileSync(inRepository('src/checks/index.ts'), 'utf8');
  write('src/checks/index.ts', withCheck(index, check));
  console.error('Now: write the rule and its rows, then `npm run format`, `npm test` and `npm run docs`.');
}
