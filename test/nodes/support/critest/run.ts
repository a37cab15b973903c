import type { LabNode } from '../../../lab/index.ts';
import { type LeftOut, skipPattern } from './left-out.ts';

/** What critest has seen of a runtime; `npm run test:matrix` makes docs/critest.md of it. */
export interface CritestRun {
  readonly runtime: string;
  readonly source: string;
  readonly suite: string;
  readonly version: string;
  readonly passed: readonly string[];
  readonly failed: readonly string[];
  /** Why → how many. */
  readonly skipped: Readonly<Record<string, number>>;
}

declare module 'vitest' {
  interface TaskMeta {
    critest?: CritestRun;
  }
}

interface Spec {
  readonly State: string;
  readonly LeafNodeType: string;
  readonly LeafNodeText: string;
  readonly ContainerHierarchyTexts: readonly string[];
  readonly Failure?: { readonly Message: string };
}

const timeoutMs = 900_000;

/** Runs all of critest but what is left out, and counts. A spec that is skipped without a word counts under an empty reason. */
export const runCritest = async (node: LabNode, socket: string, leftOut: readonly LeftOut[]) => {
  const flags = [
    '--ginkgo.no-color',
    '--ginkgo.timeout 8m',
    '--ginkgo.poll-progress-after 45s',
    '--ginkgo.json-report /root/critest.json',
  ];
  const ran = await node.exec(
    `cd /root && ./critest --runtime-endpoint unix://${socket} --ginkgo.skip '${skipPattern(leftOut)}' ${flags.join(' ')}`,
    { timeoutMs },
  );
  const [{ SpecReports: specs }] = JSON.parse(await node.sh('cat /root/critest.json')) as readonly [
    { readonly SpecReports: readonly Spec[] },
  ];
  const tests = specs
    .filter(({ LeafNodeType }) => LeafNodeType === 'It')
    .map(({ State, Failure, ContainerHierarchyTexts, LeafNodeText }) => ({
      name: [...ContainerHierarchyTexts, LeafNodeText].join(' '),
      state: State,
      message: Failure?.Message ?? '',
    }));
  const inState = (...states: readonly string[]) => tests.filter(({ state }) => states.includes(state));
  const skipped: Record<string, number> = {};
  for (const { name, message } of inState('skipped', 'pending')) {
    const why = leftOut.find(({ specs }) => specs.some(spec => name.includes(spec)))?.why ?? message;
    skipped[why] = (skipped[why] ?? 0) + 1;
  }
  const passed = inState('passed').map(({ name }) => name);
  const failed = tests
    .filter(({ state }) => !['passed', 'skipped', 'pending'].includes(state))
    .map(({ name, message }) => `${name}: ${message}`);
  return { code: ran.code, output: ran.stdout, passed, failed, skipped };
};
