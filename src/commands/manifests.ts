import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DesiredNode } from '../core/desired.ts';
import { NodeprepError } from '../core/errors.ts';
import { runtimeClassesYaml } from '../plan/runtime-classes.ts';
import type { ReportOptions } from '../report/options.ts';
import { fileReason } from './private-file.ts';

const fileName = 'runtimeclasses.yaml';

/** Told before any host is asked, so that nobody waits for manifests that cannot be kept. */
export const requireDirectory = (directory: string): void => {
  try {
    mkdirSync(directory, { recursive: true });
  } catch (cause) {
    throw notWritable(directory, cause);
  }
};

const notWritable = (path: string, cause: unknown): NodeprepError =>
  new NodeprepError('usage', `manifests cannot be written to ${path}: ${fileReason(cause)}`, { cause });

/** Nothing where the inventory names no handlers. They are no secret. */
export const saveManifests = (
  hosts: readonly DesiredNode[],
  directory: string | undefined,
): ReportOptions['manifests'] => {
  const yaml = runtimeClassesYaml(hosts);
  if (yaml === undefined) return undefined;
  if (directory === undefined) return { yaml, savedTo: undefined };
  const savedTo = join(directory, fileName);
  try {
    writeFileSync(savedTo, yaml);
  } catch (cause) {
    throw notWritable(savedTo, cause);
  }
  return { yaml, savedTo };
};
