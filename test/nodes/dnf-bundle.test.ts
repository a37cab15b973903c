import { describe } from 'vitest';
import { bootDnfNode } from '../lab/index.ts';
import { rockyRelease } from '../lab/upstream/index.ts';
import { bundleByRpm } from './support/bundle-by-rpm.ts';

describe('a bundle of rpms by dnf', () => {
  bundleByRpm({ boot: bootDnfNode, system: rockyRelease, release: 'rocky 9.6' });
});
