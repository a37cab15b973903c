import { type Image, imageArchive } from './image.ts';
import { LabError } from './run.ts';

// A program that only waits, as machine code: pause(2) in a loop (x86-64), ppoll(2) without descriptors (arm64).
const CODE: Record<string, { machine: number; code: number[] }> = {
  x64: { machine: 62, code: [0xb8, 0x22, 0, 0, 0, 0x0f, 0x05, 0xeb, 0xf7] },
  arm64: {
    machine: 183,
    // mov x0,#0; mov x1,#0; mov x2,#0; mov x3,#0; mov x8,#73; svc #0; b start
    code: [0xd2800000, 0xd2800001, 0xd2800002, 0xd2800003, 0xd2800928, 0xd4000001, 0x17fffffa].flatMap(littleEndian),
  },
};
const BASE = 0x400000;
const HEADERS = 120;

// A program that ends itself on SIGTERM. The first process of a container has no default action for signals, so it
// blocks SIGTERM and SIGINT, rt_sigprocmask(2), takes them, rt_sigtimedwait(2), and exits with 0, exit_group(2).
const POLITE_CODE: typeof CODE = {
  x64: {
    machine: 62,
    code: [
      [0x68, 0x02, 0x40, 0, 0], // push the set: bits 14 and 1
      [0x48, 0x89, 0xe6, 0x31, 0xff, 0x31, 0xd2, 0x41, 0xba, 8, 0, 0, 0, 0xb8, 14, 0, 0, 0, 0x0f, 0x05],
      [0x48, 0x89, 0xe7, 0x31, 0xf6, 0x31, 0xd2, 0x41, 0xba, 8, 0, 0, 0, 0xb8, 128, 0, 0, 0, 0x0f, 0x05],
      [0x85, 0xc0, 0x78, 0xe8], // an error such as EINTR: wait again
      [0x31, 0xff, 0xb8, 231, 0, 0, 0, 0x0f, 0x05],
    ].flat(),
  },
  arm64: {
    machine: 183,
    code: [
      0xd10043ff, // sub sp, sp, #16
      0xd2880049, // mov x9, #0x4002
      0xf90003e9, // str x9, [sp]
      [0xd2800000, 0x910003e1, 0xd2800002, 0xd2800103, 0xd28010e8, 0xd4000001], // 0, sp, 0, 8; #135
      [0x910003e0, 0xd2800001, 0xd2800002, 0xd2800103, 0xd2801128, 0xd4000001], // sp, 0, 0, 8; #137
      0xb7ffff40, // tbnz x0, #63, six back
      [0xd2800000, 0xd2800bc8, 0xd4000001], // 0; #94
    ]
      .flat()
      .flatMap(littleEndian),
  },
};

/** A pause image under the names given. No compiler needed. */
export function pauseArchive(names: readonly string[]): Buffer {
  return waiting(names, CODE);
}

/** The same image in parts, as a registry hands it out. */
export function pauseImage(names: readonly string[]): Image {
  return waitingImage(names, CODE);
}

/** In parts too. */
export function politeImage(names: readonly string[]): Image {
  return waitingImage(names, POLITE_CODE);
}

/** The same for a program that waits and ends at once when it is asked to. */
export function politeArchive(names: readonly string[]): Buffer {
  return waiting(names, POLITE_CODE);
}

function waiting(names: readonly string[], programs: typeof CODE): Buffer {
  return imageArchive([waitingImage(names, programs)]);
}

function waitingImage(names: readonly string[], programs: typeof CODE): Image {
  return { names, programs: [{ path: 'pause', content: elf(programs) }], entrypoint: ['/pause'] };
}

/** The smallest static executable: one header, one segment, the code. */
function elf(programs: typeof CODE): Buffer {
  const program = programs[process.arch];
  if (program === undefined) throw new LabError(`no pause program for ${process.arch}`);
  const size = HEADERS + program.code.length;
  const file = Buffer.alloc(size);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  file.writeUInt16LE(2, 16); // executable
  file.writeUInt16LE(program.machine, 18);
  file.writeUInt32LE(1, 20);
  file.writeBigUInt64LE(BigInt(BASE + HEADERS), 24); // entry
  file.writeBigUInt64LE(64n, 32); // program headers follow
  file.set([64, 0, 56, 0, 1, 0], 52);
  file.writeUInt32LE(1, 64); // to be loaded
  file.writeUInt32LE(5, 68); // readable, executable
  file.writeBigUInt64LE(BigInt(BASE), 80);
  file.writeBigUInt64LE(BigInt(BASE), 88);
  file.writeBigUInt64LE(BigInt(size), 96);
  file.writeBigUInt64LE(BigInt(size), 104);
  file.writeBigUInt64LE(0x1000n, 112);
  file.set(program.code, HEADERS);
  return file;
}

function littleEndian(word: number): number[] {
  return [0, 8, 16, 24].map(shift => (word >>> shift) & 0xff);
}
