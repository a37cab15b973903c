import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { exportName } from '../../scripts/check-files.ts';
import { checkSource, checkTest, withCheck } from '../../scripts/new-check.ts';

const index = readFileSync(new URL('../../src/checks/index.ts', import.meta.url), 'utf8');

describe.each([
  { area: 'kernel', id: 'seccomp-filter', list: 'checks' },
  { area: 'fleet', id: 'same-kernel', list: 'fleetChecks' },
])('a new check in $area', ({ area, id, list }) => {
  const check = { area, id, name: exportName(id) };

  test('is registered once, as the last of its list, and nothing else changes', () => {
    const changed = withCheck(index, check);
    const line = `import { ${check.name} } from './${area}/${id}.ts';\n`;
    expect(changed).toContain(line);
    const entries = changed.slice(changed.indexOf(`export const ${list}:`));
    expect(entries.slice(0, entries.indexOf('];'))).toMatch(new RegExp(`, ${check.name}$`));
    const rest = changed.replace(line, '').replace(`, ${check.name}`, '');
    expect(rest.replaceAll(/[\s,]/g, '')).toBe(index.replaceAll(/[\s,]/g, ''));
  });

  test('has a source and a test that name it', () => {
    expect(checkSource(check)).toContain(`export const ${check.name} = `);
    expect(checkSource(check)).toContain(`id: '${id}'`);
    expect(checkTest(check)).toContain(`'../../../src/checks/${area}/${id}.ts'`);
  });
});
