import type { FileRead } from './files.ts';

/** systemd's search order (sysctl.d(5), modules-load.d(5)): a file masks one of the same name in a later directory. */
const directories = ['/etc', '/run', '/usr/local/lib', '/usr/lib', '/lib'] as const;

/** Globs for `NAME.d` in every directory; `/lib` is read only where it is no link to `/usr/lib`. */
export const confGlobs = (name: string): readonly string[] =>
  directories.map(directory => `${directory}/${name}/*.conf`);

/** The files that count, in the order of their names across directories, which is the order in which they apply. A link to /dev/null masks. */
export const effectiveFiles = (files: ReadonlyMap<string, FileRead>, name: string): readonly FileRead[] => {
  const winners = new Map<string, FileRead>();
  for (const directory of directories) {
    const prefix = `${directory}/${name}/`;
    for (const read of files.values()) {
      const base = read.path.startsWith(prefix) ? read.path.slice(prefix.length) : undefined;
      if (base !== undefined && base !== '' && !base.includes('/') && !winners.has(base)) winners.set(base, read);
    }
  }
  return [...winners]
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .flatMap(([, read]) => (read.state === 'file' ? [read] : []));
};

/** Lines with their numbers; comments (`#`, `;`) and blank lines left out. */
export const confLines = (text: string): readonly { readonly line: number; readonly text: string }[] =>
  text
    .split('\n')
    .map((line, index) => ({ line: index + 1, text: line.trim() }))
    .filter(({ text: line }) => line !== '' && !line.startsWith('#') && !line.startsWith(';'));
