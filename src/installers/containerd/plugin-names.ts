/** The CRI plugin of schema 2; in schema 3 only its server is left there. */
export const v2Plugin = 'io.containerd.grpc.v1.cri';
export const v3Runtime = 'io.containerd.cri.v1.runtime';
export const v3Images = 'io.containerd.cri.v1.images';

/** Schema 1 names plugins without their type. */
export const isShortName = (name: string): boolean => !name.includes('.');

/** What schema 1 calls a plugin, by its URI. Source: `v1MigratePluginName` of containerd 2.2.0. */
const shortNames: Readonly<Record<string, string>> = {
  cri: v2Plugin,
  cgroups: 'io.containerd.monitor.v1.cgroups',
  linux: 'io.containerd.runtime.v1.linux',
  scheduler: 'io.containerd.gc.v1.scheduler',
  bolt: 'io.containerd.metadata.v1.bolt',
  task: 'io.containerd.runtime.v2.task',
  opt: 'io.containerd.internal.v1.opt',
  restart: 'io.containerd.internal.v1.restart',
  tracing: 'io.containerd.internal.v1.tracing',
  otlp: 'io.containerd.tracing.processor.v1.otlp',
  aufs: 'io.containerd.snapshotter.v1.aufs',
  btrfs: 'io.containerd.snapshotter.v1.btrfs',
  devmapper: 'io.containerd.snapshotter.v1.devmapper',
  native: 'io.containerd.snapshotter.v1.native',
  overlayfs: 'io.containerd.snapshotter.v1.overlayfs',
  zfs: 'io.containerd.snapshotter.v1.zfs',
};

/** undefined: a short name that could mean several plugins. */
export const fullName = (name: string): string | undefined => {
  if (!isShortName(name)) return name;
  if (Object.hasOwn(shortNames, name)) return shortNames[name];
  return name.endsWith('-service') ? `io.containerd.service.v1.${name}` : undefined;
};
