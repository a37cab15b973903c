import { ensureLabPackages, labProblems, missingPackages } from '../require.ts';

const NEEDED: Record<string, string> = {
  'qemu-system-x86_64': 'qemu-system-x86',
  'qemu-img': 'qemu-utils',
  mke2fs: 'e2fsprogs',
};

/** Why kernel nodes cannot work here, or undefined: for `describe.skipIf(requireKernelLab())`. */
export function requireKernelLab(): string | undefined {
  const [first] = kernelLabProblems();
  return first && `kernel lab: ${first}`;
}

export function kernelLabProblems(): string[] {
  const missing = missingPackages(NEEDED);
  return [
    ...labProblems(),
    ...(process.arch === 'x64' ? [] : ['needs an x86-64 machine']),
    ...(missing.length > 0
      ? [`needs the packages ${missing.join(' ')}: npm run lab doctor -- --install --kernel`]
      : []),
  ];
}

/** Installs what kernel nodes need on this machine, on top of what container nodes need. */
export async function ensureKernelLabPackages(): Promise<string[]> {
  return [...(await ensureLabPackages()), ...(await ensureLabPackages(NEEDED))];
}
