import { readFileSync } from 'node:fs';
import { encodeFiles, type FileRead } from '../../src/facts/files.ts';
import { type Kubelet, kubelet } from '../../src/facts/kubelet.ts';
import { answer, asRoot, knownValue } from './answers.ts';

interface Recorded {
  readonly process: { readonly exitCode: number; readonly lines: readonly string[] };
  readonly files: readonly FileRead[];
}

/** A kubelet of the lab: test/fixtures/kubelet/origin.md. */
export const recordedKubelet = (name: string): Kubelet => {
  const url = new URL(`../fixtures/kubelet/${name}.json`, import.meta.url);
  const { process, files } = JSON.parse(readFileSync(url, 'utf8')) as Recorded;
  return knownValue(
    kubelet.parse(
      {
        process: answer(process.lines.join('\n'), process.exitCode),
        files: answer(encodeFiles(files).toString()),
      },
      asRoot,
    ),
  );
};
