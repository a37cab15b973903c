import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { editYaml, mergeValue, type YamlEdit } from '../../src/yaml/edit.ts';
import { parseYaml } from '../../src/yaml/parse.ts';

const names = ['alpha', 'cgroupDriver', 'memorySwap', 'swapBehavior', 'zone'] as const;
const scalar = fc.constantFrom('1', 'true', 'text', '"q # x"', "'it''s'", 'unix:///run/x.sock', 'a b', '~', '');
const comment = fc.constantFrom('', ' # why', '\t# tab');

const flow: fc.Arbitrary<string> = fc
  .uniqueArray(fc.tuple(fc.constantFrom(...names), fc.constantFrom('1', 'x', '"y"', '[1, 2]')), {
    selector: ([name]) => name,
    maxLength: 3,
  })
  .map(entries => `{${entries.map(([name, value]) => `${name}: ${value}`).join(', ')}}`);

/** Lines of a block mapping, its keys distinct, as people and kubeadm write them. */
const block = (depth: number): fc.Arbitrary<readonly string[]> =>
  fc
    .uniqueArray(fc.tuple(fc.constantFrom(...names), fc.boolean(), entry(depth), fc.boolean()), {
      selector: ([name]) => name,
      minLength: 1,
      maxLength: 4,
    })
    .map(entries =>
      entries.flatMap(([name, quoted, [first, ...rest], remark]) => [
        ...(remark ? ['# remark', ''] : []),
        `${quoted ? `"${name}"` : name}:${first === '' ? '' : ' '}${first}`,
        ...rest,
      ]),
    );

const entry = (depth: number): fc.Arbitrary<readonly string[]> =>
  fc.oneof(
    fc.tuple(scalar, comment).map(([value, remark]) => [`${value}${remark}`]),
    flow.map(text => [text]),
    fc.constant(['|', '  line: 1', '  line 2']),
    fc.constant(['', '- x', '- y: 1']),
    fc.constant(['[1,', '  2', '  ]']),
    depth === 0 ? fc.constant(['']) : block(depth - 1).map(lines => ['', ...lines.map(line => `  ${line}`)]),
  );

const yaml = fc
  .tuple(
    fc.oneof(
      block(2).map(lines => lines.join('\n')),
      flow,
    ),
    fc.constantFrom('', '\n', '\n# end\n', '\n...\n'),
    fc.boolean(),
    fc.boolean(),
  )
  .map(([body, tail, crlf, head]) => {
    const text = `${head ? '# head\n---\n' : ''}${body}${tail}`;
    return crlf ? text.replaceAll('\n', '\r\n') : text;
  });

const edit: fc.Arbitrary<YamlEdit> = fc.record({
  path: fc.array(fc.constantFrom(...names), { minLength: 1, maxLength: 3 }),
  value: fc.constantFrom(true, 42, 'systemd', 'with: colon', 'unix:///run/y.sock'),
});

const parsedValue = (text: string) => {
  const parsed = parseYaml(text);
  if (!parsed.ok) throw new Error(`${JSON.stringify(text)}: ${parsed.problem}`);
  return parsed.document.value;
};

const lines = (text: string): readonly string[] => text.split('\n').map(line => line.trimEnd());

test('an edit gives the intended merge, and every line but one is as it was', () => {
  let made = 0;
  fc.assert(
    fc.property(yaml, edit, (text, wish) => {
      const before = parsedValue(text);
      const intended = mergeValue(before, wish.path, wish.value);
      const result = editYaml(text, [wish]);
      if (intended === undefined) {
        expect(result.ok).toBe(false);
        return;
      }
      if (!result.ok) {
        // Blocks of text are left alone.
        expect(text).toContain('|');
        return;
      }
      made++;
      expect(isDeepStrictEqual(parsedValue(result.text), intended)).toBe(true);
      expect(editYaml(result.text, [wish])).toMatchObject({ ok: true, text: result.text });
      const after = lines(result.text);
      const lost = lines(text).filter(line => line !== '' && !after.includes(line));
      expect(lost.length).toBeLessThanOrEqual(1);
      for (const remark of text.match(/# (?:why|tab|remark|head|end)/g) ?? []) expect(result.text).toContain(remark);
    }),
    { numRuns: 600 },
  );
  expect(made).toBeGreaterThan(300);
});

test('arbitrary text never throws', () => {
  fc.assert(
    fc.property(
      fc.string({
        unit: fc.constantFrom('a', ':', '[', ']', '"', '\n', '{', '}', '-', "'", ' ', '#', ',', '|', '&', '*', '?'),
      }),
      text => {
        const result = editYaml(text, [{ path: ['a', 'b'], value: true }]);
        if (result.ok) parsedValue(result.text);
        else expect(result.problem).not.toBe('');
      },
    ),
    { numRuns: 1000 },
  );
});
