import type { Change } from '../changes/change.ts';
import { disruptions } from '../core/result.ts';
import type { LaterSetting, Refusal } from '../installers/installer.ts';

/** A later round may do what was announced, to those targets, with no more disturbance; anything else is refused (design 3.5). */
export const beyondAgreed = (
  changes: readonly Change[],
  later: readonly LaterSetting[],
  agreed: readonly LaterSetting[],
): readonly Refusal[] => [
  ...changes.filter(change => !isAgreed(change, agreed)).map(({ id, summary }) => beyond(`${id} (${summary})`)),
  ...later.filter(setting => !covers(agreed, setting)).map(({ target, setting }) => beyond(`${target}: ${setting}`)),
];

const isAgreed = (change: Change, agreed: readonly LaterSetting[]): boolean => {
  const settings = change.settings ?? [];
  return settings.length > 0 && settings.every(setting => covers(agreed, { ...change, setting }));
};

const covers = (
  agreed: readonly LaterSetting[],
  wanted: Pick<LaterSetting, 'target' | 'setting' | 'disruption'>,
): boolean =>
  agreed.some(({ target, setting }) => target === wanted.target && setting === wanted.setting) &&
  disruptions.indexOf(wanted.disruption) <= worstFor(agreed, wanted.target);

const worstFor = (agreed: readonly LaterSetting[], wanted: string): number =>
  Math.max(
    ...agreed.filter(({ target }) => target === wanted).map(({ disruption }) => disruptions.indexOf(disruption)),
  );

const beyond = (what: string): Refusal => ({
  code: 'plan-stale',
  message: `the next round would go beyond what was agreed: ${what}`,
  hint: 'What was done has been reverted; plan again and agree to the new plan.',
});
