import { profileNamed } from '../core/runtimes/index.ts';
import type { Survey } from './check-references.ts';
import { defaults } from './defaults.ts';
import { findAt, itemsAt, layersOf, textAt } from './yaml-tree.ts';

/** A default handler that is none, and runtimes whose pods cannot choose: told once for each place, not for each host that it reaches. */
export const checkHandlers = (survey: Survey): void => {
  const told = new Set<number>();
  const tell = (offset: number, message: string): void => {
    if (told.has(offset)) return;
    told.add(offset);
    survey.mistakes.push({ offset, message });
  };
  for (const host of survey.hosts) {
    const { runtime, handlers, chosen, at } = settingsOf(survey, host);
    if (at !== undefined && profileNamed(runtime)?.isDockerLike === true) {
      tell(
        at,
        `host ${host} shall have ${runtime}, behind which all pods run by the engine's own runtime; runtime.handlers is for containerd and cri-o`,
      );
    } else if (chosen !== undefined && !handlers.includes(chosen.name)) {
      const list = handlers.length === 0 ? [chosen.name] : [...handlers, chosen.name];
      tell(
        chosen.at,
        `the default handler of host ${host} is ${chosen.name}, which runtime.handlers does not name; write handlers: [${list.join(', ')}]`,
      );
    }
  }
};

interface Found {
  readonly runtime: string;
  readonly handlers: readonly string[];
  readonly chosen: { readonly name: string; readonly at: number } | undefined;
  /** Where one of the two stands. */
  readonly at: number | undefined;
}

/** As `resolve` merges: handlers go with the runtime that they were written for. */
const settingsOf = ({ root }: Survey, host: string): Found =>
  layersOf(root, host).reduce<Found>(
    (before, layer) => {
      const runtime = textAt(root, [...layer, 'runtime', 'name']) ?? before.runtime;
      const kept: Found =
        runtime === before.runtime ? before : { runtime, handlers: [], chosen: undefined, at: undefined };
      const list = findAt(root, [...layer, 'runtime', 'handlers']);
      const named = itemsAt(root, [...layer, 'runtime', 'handlers']);
      const chosen = findAt(root, [...layer, 'runtime', 'defaultHandler'])?.node;
      const choice = chosen?.kind === 'scalar' ? { name: chosen.text, at: chosen.offset } : kept.chosen;
      return {
        runtime,
        handlers:
          list === undefined ? kept.handlers : named.flatMap(item => (item.kind === 'scalar' ? [item.text] : [])),
        chosen: choice,
        at: (named.length > 0 ? list?.keyOffset : undefined) ?? choice?.at ?? kept.at,
      };
    },
    { runtime: defaults.runtime.name, handlers: [], chosen: undefined, at: undefined },
  );
