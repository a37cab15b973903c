import { unbundled } from '../handlers/plan.ts';
import { criORepository } from '../repository/cri-o.ts';
import type { RuntimePackaging } from './packaging.ts';

export const criO: RuntimePackaging = {
  repository: (desired, _release, os) => ({ ok: true, repository: criORepository(desired, os) }),
  packages: ({ source, version }) => (source === 'archive' ? [] : [{ name: 'cri-o', range: version ?? null }]),
  withoutBundled: runtime => unbundled(runtime, { binary: '' }),
};
