import { describe } from 'vitest';
import { bootZypperNode } from '../lab/index.ts';
import { leapRelease } from '../lab/upstream/index.ts';
import { bundleByRpm } from './support/bundle-by-rpm.ts';

describe('a bundle of rpms by zypper', () => {
  bundleByRpm({ boot: bootZypperNode, system: leapRelease, release: 'opensuse-leap 15.6' });
});
