import type { ArchiveEntry } from '../../changes/change.ts';
import type { ArchiveComponent } from '../../core/archive-component.ts';

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
