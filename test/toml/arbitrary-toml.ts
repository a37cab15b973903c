import fc from 'fast-check';

/** A tree and one way to write it down: every style that TOML has for tables, keys and white space. */
export type Node =
  | { readonly kind: 'leaf'; readonly text: string }
  | {
      readonly kind: 'table';
      readonly style: 'section' | 'dotted' | 'inline';
      readonly entries: readonly (readonly [string, Node])[];
    };

export const keyArbitrary = fc.constantFrom('a', 'b', 'c', 'io.containerd.grpc.v1.cri', 'r-1', 'ü', "q'", '__proto__x');

const leafArbitrary = fc
  .constantFrom(
    'true',
    'false',
    '12',
    '1.5',
    '"x # no comment"',
    "'lit'",
    '["p", "q"]',
    '[\n "p", # in\n]',
    '1979-05-27T07:32:00Z',
    '"""a\nb"""',
  )
  .map((text): Node => ({ kind: 'leaf', text }));

const tableArbitrary = (depth: number): fc.Arbitrary<Node> =>
  fc
    .record({
      style: fc.constantFrom('section' as const, 'dotted' as const, 'inline' as const),
      entries: fc.uniqueArray(fc.tuple(keyArbitrary, depth === 0 ? leafArbitrary : nodeArbitrary(depth - 1)), {
        maxLength: 4,
        selector: ([key]) => key,
      }),
    })
    .map(table => ({ kind: 'table', ...table }));

const nodeArbitrary = (depth: number): fc.Arbitrary<Node> => fc.oneof(leafArbitrary, tableArbitrary(depth));

export interface Written {
  readonly text: string;
}

const layoutArbitrary = fc.record({
  quote: fc.constantFrom('"', "'"),
  indent: fc.constantFrom('', '  ', '\t'),
  comments: fc.boolean(),
  crlf: fc.boolean(),
  mark: fc.boolean(),
  finalLineEnd: fc.boolean(),
});
type Layout = typeof layoutArbitrary extends fc.Arbitrary<infer L> ? L : never;

export const tomlArbitrary: fc.Arbitrary<string> = fc
  .tuple(tableArbitrary(3), layoutArbitrary)
  .map(([root, layout]) => write(root, layout));

const write = (root: Node, layout: Layout): string => {
  const lines = root.kind === 'table' ? sectionLines([], root.entries, layout) : [];
  const body = [...(layout.comments ? ['# head'] : []), ...lines].join('\n') + (layout.finalLineEnd ? '\n' : '');
  return (layout.mark ? '\uFEFF' : '') + (layout.crlf ? body.replaceAll('\n', '\r\n') : body);
};

/** Entries of one section first, then its sub-sections, each with a header of its own. */
const sectionLines = (
  path: readonly string[],
  entries: readonly (readonly [string, Node])[],
  layout: Layout,
): string[] => {
  const pad = layout.indent.repeat(path.length);
  const comment = layout.comments ? ' # note' : '';
  const own = entries.flatMap(([key, node]) =>
    isSection(node) ? [] : entryLines([key], node, layout).map(line => `${pad}${line}${comment}`),
  );
  const inner = entries.flatMap(([key, node]) =>
    isSection(node)
      ? [
          ...(layout.comments ? [`${pad}# above`] : []),
          `${pad}[${[...path, key].map(part => keyText(part, layout)).join('.')}]${comment}`,
          ...sectionLines([...path, key], node.entries, layout),
        ]
      : [],
  );
  return [...own, ...inner];
};

const isSection = (node: Node): node is Extract<Node, { kind: 'table' }> =>
  node.kind === 'table' && node.style === 'section';

const entryLines = (path: readonly string[], node: Node, layout: Layout): string[] => {
  if (node.kind === 'table' && node.style === 'dotted' && node.entries.length > 0) {
    return node.entries.flatMap(([key, inner]) => entryLines([...path, key], inner, layout));
  }
  return [`${path.map(part => keyText(part, layout)).join('.')} = ${valueText(node, layout)}`];
};

const valueText = (node: Node, layout: Layout): string =>
  node.kind === 'leaf'
    ? node.text
    : `{ ${node.entries.map(([key, inner]) => `${keyText(key, layout)} = ${valueText(inner, layout)}`).join(', ')} }`;

const keyText = (key: string, { quote }: Layout): string => {
  if (/^[A-Za-z0-9_-]+$/.test(key)) return key;
  return quote === "'" && !key.includes("'") ? `'${key}'` : JSON.stringify(key);
};
