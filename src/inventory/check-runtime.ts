import type { Survey } from './check-references.ts';
import { defaults } from './defaults.ts';
import { booleanAt, findAt, layersOf, textAt } from './yaml-tree.ts';

/** What is missing for Mirantis Container Runtime: better told now than on the hosts. */
export const checkRuntimes = (survey: Survey): void => {
  const told = new Set<number>();
  for (const host of survey.hosts) {
    const found = runtimeOf(survey, host);
    const { name, at } = found;
    if (name !== 'mirantis' || at === undefined || told.has(at)) continue;
    told.add(at);
    for (const missing of missingFor(found)) {
      survey.mistakes.push({ offset: at, message: `host ${host} shall have mirantis, which ${missing}` });
    }
  }
};

/** It is published by channel, so there is no repository to assume; what it is sold under is for its buyer to agree to. */
const missingFor = ({ url, acceptsLicense }: Found): readonly string[] => [
  ...(acceptsLicense
    ? []
    : ['is sold under a license of its own; have one, then write runtime: { acceptLicense: true }']),
  ...(url === undefined
    ? [
        'comes from a repository that has to be named; write runtime: { repository: { url: https://…, components: [stable-25.0] } }',
      ]
    : []),
];

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
