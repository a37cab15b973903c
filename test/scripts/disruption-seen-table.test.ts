import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { renderDisturbed } from '../../scripts/disruption-seen-table.ts';

test('a row of the disruption table, with what was seen of it, and when', () => {
  const meta = { disturbed: { row: 'docker-upgrade', on: 'Docker', seen: 'drain' } } as const;
  const page = renderDisturbed('', { testResults: [{ assertionResults: [{ status: 'passed', meta }] }] }, '2026-11-22');
  expect(page).toMatch(
    /\|---\|\n\| docker \| install another version \| drain \| Docker \| drain \| 2026-11-22 \|\n\n/,
  );
  expect(page).not.toContain('- docker: install another version:');
  expect(page).toContain('- docker: install another patch release, with live-restore: nobody has yet.');
  expect(renderDisturbed(page, { testResults: [] }, '2026-11-23')).toBe(page);
});

test('a row of a change that is no more goes', () => {
  const page = '|---|\n| docker | dance | none | Docker | none | 2026-11-20 |\n';
  expect(renderDisturbed(page, { testResults: [] }, '2026-11-23')).not.toContain('dance');
});

test('the page says of each row of the disruption table what was seen, or why nothing was', () => {
  const page = readFileSync(new URL('../../docs/disruption-seen.md', import.meta.url), 'utf8');
  expect(renderDisturbed(page, { testResults: [] }, '2026-11-23')).toBe(page);
  expect(page).not.toContain('nobody has yet');
});
