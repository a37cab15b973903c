import { createHash } from 'node:crypto';
import { LabError } from './run.ts';
import { tar } from './tar.ts';

// A program that only waits, as machine code: pause(2) in a loop (x86-64), ppoll(2) without descriptors (arm64).
const CODE: Record<string, { machine: number; code: number[] }> = {
  x64: { machine: 62, code: [0xb8, 0x22, 0, 0, 0, 0x0f, 0x05, 0xeb, 0xf7] },
  arm64: {
    machine: 183,
    // mov x0,#0; mov x1,#0; mov x2,#0; mov x3,#0; mov x8,#73; svc #0; b start
    code: [0xd2800000, 0xd2800001, 0xd2800002, 0xd2800003, 0xd2800928, 0xd4000001, 0x17fffffa].flatMap(word =>
      [0, 8, 16, 24].map(shift => (word >>> shift) & 0xff),
    ),
  },
};
const BASE = 0x400000;
const HEADERS = 120;

/** A pause image under the names given, as `ctr image import` and `docker load` read it. No registry, no compiler. */
export function pauseArchive(names: readonly string[]): Buffer {
  const layer = tar([{ path: 'pause', mode: 0o755, content: elf() }]);
  const config = Buffer.from(
    JSON.stringify({
      architecture: process.arch === 'x64' ? 'amd64' : 'arm64',
      os: 'linux',
      config: { Entrypoint: ['/pause'] },
      rootfs: { type: 'layers', diff_ids: [`sha256:${sha256(layer)}`] },
    }),
  );
  const manifest = [{ Config: `${sha256(config)}.json`, RepoTags: names, Layers: ['layer.tar'] }];
  return tar([
    { path: 'layer.tar', mode: 0o644, content: layer },
    { path: `${sha256(config)}.json`, mode: 0o644, content: config },
    { path: 'manifest.json', mode: 0o644, content: Buffer.from(JSON.stringify(manifest)) },
  ]);
}

/** The smallest static executable: one header, one segment, the code. */
function elf(): Buffer {
  const program = CODE[process.arch];
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

function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
