import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const source = (path: string): URL => new URL(`../../src/${path}`, import.meta.url);

/** What a file needs before its first line runs; types and `import()` do not count. */
const staticImports = (file: URL): readonly string[] =>
  [
    ...readFileSync(file, 'utf8').matchAll(
      /^(?:import|export)\s+(?!type\b)[^;]*?from\s+'([^']+)';|^import\s+'([^']+)';/gm,
    ),
  ].flatMap(([, from, bare]) => from ?? bare ?? []);

/** Our own files and the packages that are loaded with one file. */
const reach = (entry: URL): { readonly files: ReadonlySet<string>; readonly packages: ReadonlySet<string> } => {
  const files = new Set<string>();
  const packages = new Set<string>();
  const visit = (file: URL): void => {
    if (files.has(file.href)) return;
    files.add(file.href);
    for (const target of staticImports(file)) {
      if (target.startsWith('.')) visit(new URL(target, file));
      else if (!target.startsWith('node:') && !builtinModules.includes(target)) packages.add(target);
    }
  };
  visit(entry);
  return { files, packages };
};

describe('what is loaded', () => {
  test('by the entry: nothing of ours, no package, and of Node.js only the file system', () => {
    expect(staticImports(source('cli.ts'))).toEqual(['node:fs']);
  });

  test('by the command line: commander, and no command', () => {
    const { files, packages } = reach(source('commands/program.ts'));
    expect([...packages]).toEqual(['commander']);
    const names = [...files].map(file => file.replace(/^.*\/src\//, ''));
    expect(names.filter(name => !/^(commands|core)\//.test(name))).toEqual([]);
    expect(names).not.toContain('commands/check.ts');
    expect(names.length).toBeLessThan(15);
  });

  test.each(['check', 'facts', 'plan'])(
    'by %s: no SSH, no YAML, no CRI client, no drawing before they are needed',
    name => {
      const { packages } = reach(source(`commands/${name}.ts`));
      for (const heavy of ['ssh2', 'js-yaml', '@grpc/grpc-js', 'protobufjs', 'listr2']) {
        expect(packages).not.toContain(heavy);
      }
    },
  );
});

test('--version loads nothing but the entry', () => {
  const hooks = `
    import { register } from 'node:module';
    register('data:text/javascript,' + encodeURIComponent(\`
      import { writeSync } from 'node:fs';
      export const load = (url, context, next) => { writeSync(2, url + '\\\\n'); return next(url, context); };
    \`));`;
  const done = spawnSync(
    process.execPath,
    [
      '--import',
      import.meta.resolve('tsx'),
      '--import',
      `data:text/javascript,${encodeURIComponent(hooks)}`,
      fileURLToPath(source('cli.ts')),
      '--version',
    ],
    { encoding: 'utf8' },
  );
  expect(done.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  const loaded = done.stderr.split('\n').filter(line => line.startsWith('file:'));
  expect(loaded.map(url => url.replace(/\?.*$/, '').replace(/^.*\/src\//, 'src/'))).toEqual(['src/cli.ts']);
});
