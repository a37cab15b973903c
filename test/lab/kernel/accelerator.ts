import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env } from 'node:process';
import { run } from '../run.ts';
import { CPUS } from './settings.ts';

export type Accelerator = 'kvm' | 'tcg';

// fninit; fld1; fsin; mov al,16; out 0xf4,al; hlt: a boot sector that makes QEMU's debug-exit device end the machine with code 2*16+1.
// KVM of a machine that has no virtualization of its own runs what its emulator of instructions knows, and stands still at the sine, as it
// would at Debian's kernel.
const PROBE = Buffer.alloc(512);
PROBE.set([0xdb, 0xe3, 0xd9, 0xe8, 0xd9, 0xfe, 0xb0, 0x10, 0xe6, 0xf4, 0xf4]);
PROBE.set([0x55, 0xaa], 510);
const PROBE_ENDS_WITH = 33;
const PROBE_TIMEOUT_MS = 10_000;

let known: Promise<Accelerator> | undefined;

/** Accelerator, CPU and machine type; the probe asks for the same as nodes do, since that is what may fail. */
export function accelArgs(accel: Accelerator): string[] {
  return ['-accel', accel, '-cpu', accel === 'kvm' ? 'host' : 'qemu64', '-machine', 'pc', '-smp', String(CPUS)];
}

/** KVM where it really runs code: some machines show a /dev/kvm that opens and then stands still. */
export function accelerator(): Promise<Accelerator> {
  if (env.NODEPREP_LAB_ACCEL === 'tcg') return Promise.resolve('tcg');
  known ??= probe();
  return known;
}

async function probe(): Promise<Accelerator> {
  const disk = join(tmpdir(), `nodeprep-kvm-${process.pid}`);
  writeFileSync(disk, PROBE);
  try {
    const drive = ['-drive', `file=${disk},format=raw,if=ide,snapshot=on`];
    const exit = ['-device', 'isa-debug-exit,iobase=0xf4,iosize=4'];
    const machine = [...accelArgs('kvm'), '-m', '16', '-nodefaults', '-display', 'none'];
    const args = [...machine, ...drive, ...exit];
    const { code } = await run('qemu-system-x86_64', args, { timeoutMs: PROBE_TIMEOUT_MS });
    return code === PROBE_ENDS_WITH ? 'kvm' : 'tcg';
  } finally {
    rmSync(disk, { force: true });
  }
}
