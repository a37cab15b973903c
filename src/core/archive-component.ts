export const archiveComponents = ['containerd', 'runc', 'cniPlugins', 'crio', 'criDockerd', 'sandboxImage'] as const;

export type ArchiveComponent = (typeof archiveComponents)[number];
