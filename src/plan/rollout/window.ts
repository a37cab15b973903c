import { type RolloutWindow, weekdays } from '../../core/rollout-settings.ts';

const minutesPerDay = 1_440;

/** Whether nodes may be changed at this moment (inventory `rollout.window`). A window that passes midnight belongs to the day it begins on. */
export const isOpen = (window: RolloutWindow, at: Date): boolean => {
  const { day, minute } = localTime(window.timezone, at);
  const { fromMinute, toMinute } = window;
  if (fromMinute < toMinute) return beginsOn(window, day) && minute >= fromMinute && minute < toMinute;
  return (
    (beginsOn(window, day) && minute >= fromMinute) ||
    (beginsOn(window, day + weekdays.length - 1) && minute < toMinute)
  );
};

/** `mon, tue 22:00 to 04:00 Europe/Berlin` */
export const windowWords = ({ days, fromMinute, toMinute, timezone }: RolloutWindow): string =>
  `${days.length === weekdays.length ? 'every day' : days.join(', ')} ${clockWords(fromMinute)} to ${clockWords(toMinute)} ${timezone}`;

const clockWords = (minutes: number): string => {
  const inDay = minutes % minutesPerDay;
  return `${String(Math.floor(inDay / 60)).padStart(2, '0')}:${String(inDay % 60).padStart(2, '0')}`;
};

const beginsOn = ({ days }: RolloutWindow, day: number): boolean => {
  const name = weekdays[day % weekdays.length];
  return name !== undefined && days.includes(name);
};

/** Day 0 is Monday. */
const localTime = (timeZone: string, at: Date): { readonly day: number; readonly minute: number } => {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(at);
  const part = (type: string): string => parts.find(found => found.type === type)?.value ?? '';
  const name = part('weekday').toLowerCase();
  return {
    day: weekdays.findIndex(day => name.startsWith(day)),
    minute: Number(part('hour')) * 60 + Number(part('minute')),
  };
};
