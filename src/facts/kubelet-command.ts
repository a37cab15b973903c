import type { HostFile } from './fact.ts';
import type { Kubelet } from './kubelet.ts';
import {
  type CommandWord,
  type UnitSource,
  unitCommand,
  environmentFiles as unitEnvironmentFiles,
  unitFiles as unitFilesOf,
} from './unit-command.ts';

export type { CommandWord } from './unit-command.ts';

export const kubeletFile = ({ files }: Kubelet, path: string): HostFile | undefined =>
  files.find(file => file.path === path);

const sourceOf = ({ files }: Kubelet): UnitSource => ({ unit: 'kubelet.service', files });

/** The unit file, then its drop-ins by name; one in an earlier directory hides those of its name in later ones. */
export const unitFiles = (kubelet: Kubelet): readonly HostFile[] => unitFilesOf(sourceOf(kubelet));

/** Environment files that the unit names, in order, a later one wins; those that do not exist are left out. */
export const environmentFiles = (kubelet: Kubelet): readonly HostFile[] => unitEnvironmentFiles(sourceOf(kubelet));

/** The command line of its next start; undefined where the unit runs something that is not plainly the kubelet. */
export const nextCommand = (kubelet: Kubelet): readonly CommandWord[] | undefined => {
  const words = unitCommand(sourceOf(kubelet));
  return words !== undefined && isKubelet(words.map(({ text }) => text)) ? words : undefined;
};

/** Only what `kubelet` is called by name can be read; a wrapper script is not. */
export const isKubelet = ([program = '']: readonly string[]): boolean => /(?:^|\/)kubelet$/.test(program);
