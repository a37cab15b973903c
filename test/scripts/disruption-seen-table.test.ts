import { expect, test } from 'vitest';
import { renderDisturbed } from '../../scripts/disruption-seen-table.ts';

test('a row of the disruption table, with what was seen of it, and when', () => {
  const meta = { disturbed: { row: 'docker-upgrade', on: 'Docker', seen: 'drain' } } as const;
  const page = renderDisturbed('', { testResults: [{ assertionResults: [{ status: 'passed', meta }] }] }, '2026-11-22');
  expect(page).toMatch(/\|---\|\n\| docker \| install another version \| drain \| Docker \| drain \| 2026-11-22 \|\n$/);
  expect(renderDisturbed(page, { testResults: [] }, '2026-11-23')).toBe(page);
});
