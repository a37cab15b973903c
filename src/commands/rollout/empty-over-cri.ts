import type { OpenConnection } from '../../apply/host-run.ts';
import type { HoldAnswer } from '../../apply/run-host.ts';
import type { InventoryHost } from '../../inventory/inventory.ts';

export interface EmptyOptions {
  readonly open: OpenConnection;
  readonly signal: AbortSignal;
  readonly tell: (note: string) => void;
}

export const emptyOverCri = async (host: InventoryHost, { open }: EmptyOptions): Promise<HoldAnswer> => {
  await open();
  return { go: false, code: 'step-failed', reason: `${host.name} cannot be emptied yet` };
};
