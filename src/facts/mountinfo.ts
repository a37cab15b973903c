/** One line of /proc/self/mountinfo (proc_pid_mountinfo(5)). */
export interface Mount {
  readonly mountPoint: string;
  readonly fsType: string;
  readonly source: string;
  /** Per-mount and super block options, separated by commas. */
  readonly optionList: string;
}

/** `id parent dev root POINT options [optional fields …] - TYPE SOURCE super-options`; later lines lie over earlier ones. */
export const parseMountinfo = (text: string): readonly Mount[] => {
  if (text !== latest.text) latest = { text, mounts: text.split('\n').flatMap(line => parseLine(line) ?? []) };
  return latest.mounts;
};

/** Several facts of a host read the same text, and a host with many pods has hundreds of lines. */
let latest: { readonly text: string; readonly mounts: readonly Mount[] } = { text: '', mounts: [] };

const parseLine = (line: string): Mount | undefined => {
  const separator = line.indexOf(' - ');
  if (separator < 0) return undefined;
  const [, , , , mountPoint, options] = line.slice(0, separator).split(' ', 6);
  const [fsType, source = '', superOptions = ''] = line.slice(separator + 3).split(' ', 3);
  if (mountPoint === undefined || options === undefined || fsType === undefined || fsType === '') return undefined;
  return {
    mountPoint: unescapeOctal(mountPoint),
    fsType,
    source: unescapeOctal(source),
    optionList: `${options},${superOptions}`,
  };
};

export const optionsOf = ({ optionList }: Mount): readonly string[] => [
  ...new Set(optionList.split(',').filter(option => option !== '')),
];

/** The mount that a path lies on: the last one with the longest mount point above it. */
export const mountOf = (mounts: readonly Mount[], path: string): Mount | undefined =>
  mounts.reduce<Mount | undefined>((best, mount) => {
    const above = mount.mountPoint === '/' || path === mount.mountPoint || path.startsWith(`${mount.mountPoint}/`);
    return above && (best === undefined || mount.mountPoint.length >= best.mountPoint.length) ? mount : best;
  }, undefined);

const unescapeOctal = (text: string): string =>
  text.indexOf('\\') < 0
    ? text
    : text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
