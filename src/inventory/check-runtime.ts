import { profileNamed } from '../core/runtimes/index.ts';
import type { Survey } from './check-references.ts';
import { defaults } from './defaults.ts';
import { booleanAt, findAt, layersOf, textAt } from './yaml-tree.ts';

/** What an inventory has to say of a runtime: better told now than on the hosts. */
export const checkRuntimes = (survey: Survey): void => {
  const told = new Set<number>();
  for (const host of survey.hosts) {
    const found = runtimeOf(survey, host);
    const { name, at } = found;
    if (at === undefined || told.has(at)) continue;
    told.add(at);
    for (const missing of missingFor(found)) {
      survey.mistakes.push({ offset: at, message: `host ${host} shall have ${name}, which ${missing}` });
    }
  }
};

const missingFor = ({ name, url, acceptsLicense }: Found): readonly string[] => {
  const { isSold = false, namedRepository } = profileNamed(name) ?? {};
  return [
    ...(isSold && !acceptsLicense
      ? ['is sold under a license of its own; have one, then write runtime: { acceptLicense: true }']
      : []),
    ...(namedRepository !== undefined && url === undefined
      ? [`comes from a repository that has to be named; write runtime: { ${namedRepository} }`]
      : []),
  ];
};

interface Found {
  readonly name: string;
  /** Where the name stands. */
  readonly at: number | undefined;
  readonly url: string | undefined;
  readonly acceptsLicense: boolean;
}

/** As `resolve` merges: a repository goes with the runtime that it was written for. */
const runtimeOf = ({ root }: Survey, host: string): Found =>
  layersOf(root, host).reduce<Found>(
    (before, layer) => {
      const path = [...layer, 'runtime', 'name'];
      const name = textAt(root, path) ?? before.name;
      const url = textAt(root, [...layer, 'runtime', 'repository', 'url']);
      return {
        name,
        at: findAt(root, path)?.node.offset ?? before.at,
        url: url ?? (name === before.name ? before.url : undefined),
        acceptsLicense: booleanAt(root, [...layer, 'runtime', 'acceptLicense']) ?? before.acceptsLicense,
      };
    },
    { name: defaults.runtime.name, at: undefined, url: undefined, acceptsLicense: false },
  );
