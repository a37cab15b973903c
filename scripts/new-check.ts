/** A check is a rule about one host; those in the area `fleet` compare hosts. */
export interface NewCheck {
  readonly area: string;
  readonly id: string;
  /** The name it is exported under. */
  readonly name: string;
}

/** It compiles, and its test fails until the rule is written. */
export const checkSource = ({ area, id, name }: NewCheck): string =>
  isFleet(area)
    ? `import { defineFleetCheck } from '../check.ts';

export const ${name} = defineFleetCheck({
${head(id)}
  evaluate(hosts) {
    return [{ status: 'unknown', reason: \`${id} is not written yet (\${hosts.size} hosts)\` }];
  },
});
`
    : `import { defineCheck } from '../check.ts';

export const ${name} = defineCheck({
${head(id)}
  evaluate({ kernel }) {
    return { status: 'unknown', reason: \`${id} is not written yet (Linux \${kernel.release})\` };
  },
});
`;

const head = (id: string): string => `  id: '${id}',
  title: 'The good state, as a statement',
  severity: 'warning',
  source: 'https://example.com/the-rule',
  needs: ['kernel'],`;

export const checkTest = ({ area, id, name }: NewCheck): string => {
  const tester = isFleet(area) ? 'testFleetCheck' : 'testCheck';
  const row = (text: string, facts: string): string =>
    isFleet(area)
      ? `{ name: '${text}', hosts: { a: { kernel: ${facts} }, b: { kernel: ${facts} } } }`
      : `{ name: '${text}', facts: { kernel: ${facts} } }`;
  return `import { ${name} } from '../../../src/checks/${area}/${id}.ts';
import { ${tester} } from '../../check-tester.ts';
import { kernelFact } from '../facts.ts';

${tester}(${name}, {
  pass: [${row('at the limit', 'kernelFact()')}],
  fail: [${row('just below the limit', "kernelFact('3.9')")}],
});
`;
};

/** src/checks/index.ts with the check as the last of its list; `npm run format` sorts the import. */
export const withCheck = (index: string, { area, id, name }: NewCheck): string => {
  const list = isFleet(area) ? 'fleetChecks' : 'checks';
  const entries = new RegExp(`(export const ${list}: [^=]*= \\[)([^\\]]*?),?\\s*\\];`);
  return index
    .replace(/(import [^\n]*\n)(?!import)/, `$1import { ${name} } from './${area}/${id}.ts';\n`)
    .replace(entries, (_, opening: string, items: string) => `${opening}${items}, ${name}];`);
};

const isFleet = (area: string): boolean => area === 'fleet';
