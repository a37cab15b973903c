import { existsSync } from 'node:fs';
import { withLock } from './lock.ts';
import { must } from './run.ts';
import { BRIDGE, BRIDGE_ADDRESS } from './settings.ts';

/** The bridge has an address of its own and no way further: nodes cannot reach anything but this machine. */
export async function ensureBridge(): Promise<void> {
  if (hasBridge()) return;
  await withLock('bridge', async () => {
    if (hasBridge()) return;
    await must('ip', ['link', 'add', BRIDGE, 'type', 'bridge', 'forward_delay', '0']);
    await must('ip', ['address', 'add', `${BRIDGE_ADDRESS}/24`, 'dev', BRIDGE]);
    await must('ip', ['link', 'set', BRIDGE, 'up']);
  });
}

export async function removeBridge(): Promise<void> {
  if (hasBridge()) await must('ip', ['link', 'delete', BRIDGE]);
}

export function hasBridge(): boolean {
  return existsSync(`/sys/class/net/${BRIDGE}`);
}
