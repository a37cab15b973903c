import { profileNamed } from '../core/runtimes/index.ts';
import type { Survey } from './check-references.ts';
import { defaults } from './defaults.ts';
import { formatPath, type Path } from './path.ts';
import { entriesAt, findAt, itemsAt, textAt, type YamlNode } from './yaml-tree.ts';

/** Looks on the machine that runs nodeprep; an argument, since parsing reads nothing. */
export type FileExists = (path: string) => boolean;

export const checkArchives = (survey: Survey, fileExists: FileExists | undefined): void => {
  const { root, hosts, groups } = survey;
  const layers = [
    ['defaults'],
    ...[...groups].map(group => ['groups', group]),
    ...[...hosts].map(host => ['hosts', host]),
  ];
  for (const layer of layers) checkLayer(survey, layer, fileExists);
  const told = new Set<number>();
  for (const host of hosts) checkNeeded(survey, root, host, told);
};

const checkLayer = ({ root, mistakes }: Survey, layer: Path, fileExists: FileExists | undefined): void => {
  for (const [component, { keyOffset, value }] of entriesAt(root, [...layer, 'runtime', 'archives'])) {
    if (value.kind !== 'mapping') continue;
    const path = [...layer, 'runtime', 'archives', component];
    const name = formatPath(path);
    const url = findAt(root, [...path, 'url']);
    const file = findAt(root, [...path, 'file']);
    if (url !== undefined && file !== undefined) {
      mistakes.push({ offset: file.keyOffset, message: `${name} has a url and a file; give one of them` });
    }
    if (url === undefined && file === undefined) {
      mistakes.push({
        offset: keyOffset,
        message: `${name} says not where it is; give a url, which the hosts fetch, or a file, which is pushed to them`,
      });
    }
    const text = textAt(root, [...path, 'file']);
    if (file === undefined || text === undefined || fileExists === undefined || fileExists(text)) continue;
    mistakes.push({ offset: file.node.offset, message: `${name}.file: there is no file ${text}` });
  }
};

/** Told once for each place that says `archive`, not for each host that it reaches. */
const checkNeeded = ({ mistakes }: Survey, root: YamlNode, host: string, told: Set<number>): void => {
  const groups = itemsAt(root, ['hosts', host, 'groups']).flatMap(item => (item.kind === 'scalar' ? [item.text] : []));
  const layers: readonly Path[] = [
    ['hosts', host],
    ...groups.toReversed().map(group => ['groups', group]),
    ['defaults'],
  ];
  const first = (...rest: readonly string[]) =>
    layers.map(layer => findAt(root, [...layer, 'runtime', ...rest])).find(found => found !== undefined);
  const source = first('source');
  if (source?.node.kind !== 'scalar' || source.node.value !== 'archive' || told.has(source.node.offset)) return;
  const name = first('name')?.node;
  const runtime = name?.kind === 'scalar' ? name.text : defaults.runtime.name;
  const missing = (profileNamed(runtime)?.archives ?? []).filter(
    component => first('archives', component) === undefined,
  );
  if (missing.length === 0) return;
  told.add(source.node.offset);
  const keys = missing.map(component => `runtime.archives.${component}`).join(' and ');
  mistakes.push({
    offset: source.node.offset,
    message: `${runtime} from archives needs ${keys} (host ${host}): give { url: …, sha256: … } or { file: …, sha256: … }`,
  });
};
