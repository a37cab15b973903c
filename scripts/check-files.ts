import { readdirSync } from 'node:fs';

export interface CheckFile {
  /** Folder below src/checks. */
  readonly area: string;
  /** File name without its ending; the id of the check. */
  readonly id: string;
}

/** What the rules share lives beside the areas, and so does how each runtime is looked at. */
export const notAreas: readonly string[] = ['runtimes', 'support'];

export const checksFolder = new URL('../src/checks/', import.meta.url);

/** Every file that holds one check. */
export const checkFiles = (): readonly CheckFile[] =>
  readdirSync(checksFolder, { withFileTypes: true })
    .filter(entry => entry.isDirectory() && !notAreas.includes(entry.name))
    .flatMap(({ name: area }) =>
      readdirSync(new URL(`${area}/`, checksFolder)).map(file => ({ area, id: file.replace(/\.ts$/, '') })),
    )
    .toSorted((left, right) => left.area.localeCompare(right.area) || left.id.localeCompare(right.id));

/** `br-netfilter` → `brNetfilter`: the name under which the file exports its check. */
export const exportName = (id: string): string => id.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
