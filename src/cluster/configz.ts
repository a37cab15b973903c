import * as z from 'zod';
import { NodeprepError } from '../core/errors.ts';
import type { Api } from './api.ts';
import { nodePath } from './paths.ts';
import { isAllowed } from './rights.ts';

const shape = z.object({ kubeletconfig: z.object({ cgroupDriver: z.string() }) });

/** A kubelet that does not answer must not hold a plan up. */
const timeoutMs = 5_000;

/**
 * What kubelets say of their driver, through the API server. That takes `nodes/proxy`, which amounts to exec on every node: nobody is
 * asked to grant it, and who has it not goes without. undefined: not allowed, or no answer.
 */
export const configzOf = (api: Api): ((node: string) => Promise<string | undefined>) => {
  let allowed: Promise<boolean> | undefined;
  const right = { verb: 'get', group: '', resource: 'nodes', subresource: 'proxy' } as const;
  return async node => {
    try {
      allowed ??= isAllowed(api, right);
      if (!(await allowed)) return undefined;
      const answer = await api.get(`${nodePath(node)}/proxy/configz`, {
        doing: `read configz of node ${node}`,
        timeoutMs,
      });
      const parsed = shape.safeParse(answer);
      return parsed.success ? parsed.data.kubeletconfig.cgroupDriver : undefined;
    } catch (error) {
      if (error instanceof NodeprepError) return undefined;
      throw error;
    }
  };
};
