/** One line of /proc/self/mountinfo (proc_pid_mountinfo(5)). */
export interface Mount {
  readonly mountPoint: string;
  readonly fsType: string;
  readonly source: string;
  /** Per-mount and super block options. */
  readonly options: readonly string[];
}

/** `id parent dev root POINT options [optional fields …] - TYPE SOURCE super-options`; later lines lie over earlier ones. */
export const parseMountinfo = (text: string): readonly Mount[] =>
  text.split('\n').flatMap(line => {
    const [left = '', right = ''] = line.split(' - ');
    const [, , , , mountPoint, options] = left.split(' ');
    const [fsType, source, superOptions] = right.split(' ');
    if (mountPoint === undefined || options === undefined || fsType === undefined || fsType === '') return [];
    const all = new Set([...options.split(','), ...(superOptions ?? '').split(',')].filter(option => option !== ''));
    return [{ mountPoint: unescapeOctal(mountPoint), fsType, source: unescapeOctal(source ?? ''), options: [...all] }];
  });

/** The mount that a path lies on: the last one with the longest mount point above it. */
export const mountOf = (mounts: readonly Mount[], path: string): Mount | undefined =>
  mounts.reduce<Mount | undefined>((best, mount) => {
    const above = mount.mountPoint === '/' || path === mount.mountPoint || path.startsWith(`${mount.mountPoint}/`);
    return above && (best === undefined || mount.mountPoint.length >= best.mountPoint.length) ? mount : best;
  }, undefined);

const unescapeOctal = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
