import { removeBridge } from './bridge.ts';
import { listClusterRecords } from './cluster/record.ts';
import { stopFront } from './front.ts';
import { listKernelRecords } from './kernel/record.ts';
import { withLock } from './lock.ts';
import { listRecords } from './record.ts';

/** Ends the package front and takes the bridge away, unless a node still needs them. Base roots stay on disk. */
export async function closeLab(): Promise<boolean> {
  return withLock('nodes', async () => {
    if (listRecords().length + listKernelRecords().length + listClusterRecords().length > 0) return false;
    await stopFront();
    await removeBridge();
    return true;
  });
}
