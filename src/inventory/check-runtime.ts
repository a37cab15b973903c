import type { Survey } from './check-references.ts';
import { defaults } from './defaults.ts';
import { findAt, layersOf, textAt } from './yaml-tree.ts';

/** Mirantis publishes its packages by channel, so there is no repository to assume: better told now than on the hosts. */
export const checkRuntimes = (survey: Survey): void => {
  const told = new Set<number>();
  for (const host of survey.hosts) {
    const { name, at, url } = runtimeOf(survey, host);
    if (name !== 'mirantis' || url !== undefined || at === undefined || told.has(at)) continue;
    told.add(at);
    survey.mistakes.push({
      offset: at,
      message: `host ${host} shall have mirantis, which comes from a repository that has to be named; write runtime: { repository: { url: https://…, components: [stable-25.0] } }`,
    });
  }
};

interface Found {
  readonly name: string;
  /** Where the name stands. */
  readonly at: number | undefined;
  readonly url: string | undefined;
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
      };
    },
    { name: defaults.runtime.name, at: undefined, url: undefined },
  );
