import type { OsRelease } from '../facts/os-release.ts';
import { debian } from './debian.ts';
import type { OsFamily } from './os-family.ts';

/** First match wins: specific before general. */
export const osFamilies: readonly OsFamily[] = [debian];

export const osFamilyOf = (release: OsRelease): OsFamily | undefined =>
  osFamilies.find(family => family.matches(release));
