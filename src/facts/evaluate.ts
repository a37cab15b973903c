import type { Access } from '../connect/connection.ts';
import { type Observed, unknown } from '../core/observed.ts';
import { type FactTable, itemsOf } from './compile.ts';
import type { Answer, Fact, FactContext } from './fact.ts';
import { splitFiles } from './files.ts';
import { answerLimits, type Frame } from './frames.ts';
import { CannotTell } from './read.ts';

/** Raw answers by item id: what a recording keeps and what facts are derived from. */
export type Answers = ReadonlyMap<string, Answer>;

export const answersOf = (frames: ReadonlyMap<string, Frame>, facts: FactTable): Answers => {
  const items = itemsOf(facts);
  const files = splitFiles(frames, items);
  return new Map(
    items.flatMap(({ id }) => {
      const answer = files.get(id) ?? bounded(frames.get(id));
      return answer === undefined ? [] : [[id, answer] as const];
    }),
  );
};

const bounded = (frame: Frame | undefined): Answer | undefined => {
  if (frame === undefined) return undefined;
  const truncated = frame.bytes.length > answerLimits.itemBytes;
  return {
    exitCode: frame.exitCode,
    bytes: truncated ? frame.bytes.subarray(0, answerLimits.itemBytes) : frame.bytes,
    truncated,
  };
};

/** Facts from answers. Pure and total: what cannot be read is unknown with the reason. */
export const evaluateFacts = <T extends FactTable>(
  facts: T,
  answers: Answers,
  context: FactContext,
): { readonly [K in keyof T]: ReturnType<T[K]['parse']> } => {
  const entries = Object.entries(facts).map(([id, fact]) => [id, evaluateFact(id, fact, answers, context)] as const);
  return Object.fromEntries(entries) as { readonly [K in keyof T]: ReturnType<T[K]['parse']> };
};

const evaluateFact = (id: string, fact: Fact<unknown>, answers: Answers, context: FactContext): Observed<unknown> => {
  const own: Record<string, Answer> = {};
  for (const name of Object.keys(fact.items)) {
    const answer = answers.get(`${id}.${name}`);
    if (answer === undefined) return unknown('not in the answer of the host');
    if (answer.truncated)
      return unknown(`the answer of the host was cut at the limit of ${answerLimits.itemBytes / 1024 / 1024} MiB`);
    own[name] = answer;
  }
  try {
    return fact.parse(own, context);
  } catch (error) {
    if (error instanceof CannotTell) return unknown(error.message);
    return unknown(`not understood: ${error instanceof Error ? error.message : String(error)}`);
  }
};

export const contextOf = (access: Access, sentAt: number, receivedAt: number): FactContext => ({
  root: access.root,
  noRootReason: access.root ? '' : access.reason,
  sentAt,
  receivedAt,
});
