import type { Change } from '../changes/change.ts';
import { type PushOptions, pushArchives } from './push-archives.ts';
import { type PackageSupply, pushPackages } from './push-packages.ts';

export interface ProvideOptions extends PushOptions {
  readonly supply?: PackageSupply | undefined;
}

/** What the steps of a round take from this machine, before the round is placed. */
export const provide = async (changes: readonly Change[], options: ProvideOptions): Promise<void> => {
  if (options.supply !== undefined) await pushPackages(changes, options.supply, options);
  await pushArchives(changes, options);
};
