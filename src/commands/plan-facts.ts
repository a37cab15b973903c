import type { FactId } from '../facts/index.ts';
import { planFacts as builderFacts } from '../plan/build-plan.ts';
import { checkFacts } from './check-facts.ts';

/** What `plan` and `apply` read: all that a plan looks at (the dear candidate versions too), and all that a check does. */
export const planFacts: readonly FactId[] = [...new Set<FactId>([...checkFacts, ...builderFacts])];
