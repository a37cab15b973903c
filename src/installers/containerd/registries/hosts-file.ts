import { withoutEndingSlashes } from '../../../core/ending-slashes.ts';
import { hostOf, upstreamHost } from '../../../core/registry-name.ts';
import { editToml, type TomlEdit } from '../../../toml/edit.ts';
import { keyText, literalText } from '../../../toml/literal.ts';
import { isTable, parseToml, type TomlTable, type TomlValue, tableAt } from '../../../toml/parse.ts';
import type { RegistryWish, Trust } from './wishes.ts';

export type EditedHosts =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly problem: string; readonly hint?: string };

const capabilities = ['pull', 'resolve'] as const;

/** A whole hosts.toml. Without `server`, containerd goes to the registry itself after all mirrors. */
export const renderHosts = ({ name, mirrors, trust }: RegistryWish, header: string): string => {
  const whose = name === '*' ? 'every registry without a directory of its own' : name;
  return [
    `${header}# Images of ${whose}: these mirrors in this order, then the registry itself.\n`,
    trustLines(trust, '').join(''),
    ...mirrors.map(({ url, trust: ofMirror }) =>
      [
        `\n[host.${keyText(url)}]\n`,
        `  capabilities = ${literalText(capabilities)}\n`,
        ...(isWholeRoot(url) ? ['  override_path = true\n'] : []),
        ...trustLines(ofMirror, '  '),
      ].join(''),
    ),
  ].join('');
};

const trustLines = ({ ca, skipVerify, client }: Trust, indent: string): readonly string[] => [
  ...(ca.length > 0 ? [`${indent}ca = ${literalText(ca)}\n`] : []),
  ...(skipVerify === undefined ? [] : [`${indent}skip_verify = ${skipVerify}\n`]),
  ...(client.length > 0 ? [`${indent}client = [${client.map(pair => literalText(pair)).join(', ')}]\n`] : []),
];

/** containerd puts /v2 behind the path of a URL, unless it is told that the path says it all. */
const isWholeRoot = (url: string): boolean => /^https?:\/\/[^/]+(\/.*)?\/v2\/./.test(url);

/** What somebody else wrote, with what is missing put in; everything else stays, and so does the order. */
export const editHosts = (text: string, wish: RegistryWish, directory: string): EditedHosts => {
  const parsed = parseToml(text);
  if (!parsed.ok) {
    const { line, column, message } = parsed.problem;
    return { ok: false, problem: `${line}:${column}: ${message}`, hint: 'Mend the file, then plan again.' };
  }
  const before = parsed.document.value;
  const needed = neededClient(before, wish);
  if (needed !== undefined) return { ok: false, problem: needed };
  const edited = editToml(text, editsFor(before, wish, directory));
  if (!edited.ok)
    return { ok: false, problem: ` ${edited.problem}`, hint: `Name the mirrors of ${wish.name} in it by hand.` };
  const { value } = edited;
  if (editsFor(value, wish, directory).length > 0)
    return { ok: false, problem: ' the edit would not hold what it should' };
  const order = Object.keys(hostTables(value)).map(withoutEndingSlashes);
  const places = wish.mirrors.map(({ url }) => order.indexOf(url));
  if (places.some((place, index) => place < (places[index - 1] ?? -1))) {
    const found = order.filter(url => wish.mirrors.some(mirror => mirror.url === url));
    return {
      ok: false,
      problem: ` it has the mirrors in another order: ${found.join(', ')}`,
      hint: 'Put its [host] tables, or registryMirrors in the inventory, into the order that is meant.',
    };
  }
  return { ok: true, text: edited.text };
};

const hostTables = (value: TomlTable): TomlTable => tableAt(value, ['host']) ?? {};

const editsFor = (value: TomlTable, { name, mirrors, trust }: RegistryWish, directory: string): readonly TomlEdit[] => [
  ...(speaksTo(value, name) ? trustEdits(value, [], trust, directory) : []),
  ...mirrors.flatMap(({ url, trust: ofMirror }) => {
    const key = keyOf(value, url);
    const table = tableAt(value, ['host', key]);
    const path = ['host', key];
    return [
      ...capabilityEdit(path, table),
      ...(isWholeRoot(url) && table?.override_path !== true ? [set([...path, 'override_path'], true)] : []),
      ...trustEdits(table ?? {}, path, ofMirror, directory),
    ];
  }),
];

const keyOf = (value: TomlTable, url: string): string =>
  Object.keys(hostTables(value)).find(key => withoutEndingSlashes(key) === url) ?? url;

const set = (path: readonly string[], value: boolean | readonly string[]): TomlEdit => ({ kind: 'set', path, value });

/** Left out, they are all granted. */
const capabilityEdit = (path: readonly string[], table: TomlTable | undefined): readonly TomlEdit[] => {
  if (table !== undefined && table.capabilities === undefined) return [];
  const granted = texts(table?.capabilities);
  const missing = capabilities.filter(capability => !granted.includes(capability));
  return missing.length === 0 ? [] : [set([...path, 'capabilities'], [...granted, ...missing])];
};

/** A `server` that is another host keeps the registry itself from being asked. */
const speaksTo = ({ server }: TomlTable, name: string): boolean =>
  typeof server !== 'string' ||
  name === '*' ||
  hostOf(/^https?:/.test(server) ? server : `https://${server}`) === upstreamHost(name);

const trustEdits = (
  table: TomlTable,
  path: readonly string[],
  { ca, skipVerify }: Trust,
  directory: string,
): readonly TomlEdit[] => {
  const named = typeof table.ca === 'string' ? [table.ca] : texts(table.ca);
  const whole = named.map(file => (file.startsWith('/') ? file : `${directory}/${file}`));
  const missing = ca.filter(file => !whole.includes(file));
  return [
    ...(missing.length === 0 ? [] : [set([...path, 'ca'], [...named, ...missing])]),
    ...(skipVerify === undefined || (table.skip_verify === true) === skipVerify
      ? []
      : [set([...path, 'skip_verify'], skipVerify)]),
  ];
};

/** Certificates that a client shows are carried into new files only. */
const neededClient = (value: TomlTable, { name, mirrors, trust }: RegistryWish): string | undefined => {
  const lacking = [
    ...(trust.client.length > 0 && value.client === undefined ? [name] : []),
    ...mirrors.flatMap(({ url, trust: { client } }) =>
      client.length > 0 && tableAt(value, ['host', keyOf(value, url)])?.client === undefined ? [url] : [],
    ),
  ];
  return lacking.length === 0
    ? undefined
    : ` it names no client certificate for ${lacking.join(', ')}, which config.toml does (registry.configs)`;
};

const texts = (value: TomlValue | undefined): readonly string[] =>
  Array.isArray(value) && !isTable(value) ? value.filter((item): item is string => typeof item === 'string') : [];
