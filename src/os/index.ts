import type { OsRelease } from '../facts/os-release.ts';
import { amazon } from './amazon.ts';
import { debian } from './debian.ts';
import { fedora } from './fedora.ts';
import { openEuler } from './openeuler.ts';
import type { OsFamily } from './os-family.ts';
import { rhel } from './rhel.ts';
import { suse } from './suse.ts';

/** First match wins: specific before general. Amazon Linux says it is like Fedora, Rocky and RHEL like both. */
export const osFamilies: readonly OsFamily[] = [debian, amazon, openEuler, rhel, fedora, suse];

export const osFamilyOf = (release: OsRelease): OsFamily | undefined =>
  osFamilies.find(family => family.matches(release));

/** What changes a system whose /usr is read-only. */
export const snapshotToolOf = (release: OsRelease): string | undefined => osFamilyOf(release)?.snapshotTool;
