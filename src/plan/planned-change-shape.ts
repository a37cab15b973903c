import { z } from 'zod';
import { disruptions, phases } from '../core/result.ts';

/** A planned change as it is read back: from a plan that was saved here, and from the runs that a host keeps. */
export const plannedChangeShape = z.object({
  id: z.string(),
  kind: z.string(),
  target: z.string(),
  summary: z.string(),
  because: z.string(),
  disruption: z.enum(disruptions),
  phase: z.enum(phases),
  reversible: z.boolean(),
});
