import type { ArchiveEntry } from '../../changes/change.ts';
import type { ArchiveComponent } from '../../core/archive-component.ts';
import type { ArchiveRuntime } from '../archive-runtime.ts';
import { containerdUnit } from './service.ts';

/** Where upstream's guide puts the program of its archive. */
export const programPath = '/usr/local/bin/containerd';

/** In the order in which they are put in place: the daemon finds the others when it comes. */
export const containerdComponents = ['runc', 'containerd'] as const satisfies readonly ArchiveComponent[];

export type ContainerdComponent = (typeof containerdComponents)[number];

/** https://github.com/containerd/containerd/blob/main/docs/getting-started.md */
export const archiveFiles: Readonly<Record<ContainerdComponent, readonly ArchiveEntry[]>> = {
  runc: [{ member: '.', path: '/usr/local/sbin/runc', mode: '0755' }],
  containerd: [{ member: 'bin/', path: '/usr/local/bin/', mode: '0755' }],
};

export const daemon: ArchiveRuntime = {
  label: 'containerd',
  programPath,
  unit: containerdUnit,
  component: 'containerd',
  needs: containerdComponents,
  packages: { containerd: 'with runtime.source: distribution', 'containerd.io': 'with runtime.source: upstream' },
  keptUnpackaged: 'with runtime.source: distribution',
  keptArchive: 'runtime.source: archive',
};
