import { NodeprepError } from '../core/errors.ts';
import { escapeLine } from '../core/escape.ts';
import type { StagedPackage } from '../core/result.ts';
import type { OpenConnection } from './host-run.ts';
import type { HostPrograms, RunIdentity } from './programs.ts';
import { openHostSession } from './session.ts';

/** What a host has staged. */
export interface Staged {
  /** sha256 of its list of sums: names exactly this, whole. */
  readonly seal: string;
  /** As `stageHost` was given it; whatever else is there is for the reader to find out. */
  readonly plan: string;
  readonly packages: readonly StagedPackage[];
}

/** undefined: nothing is staged. Read-only. */
export const readStaged = async (options: {
  readonly open: OpenConnection;
  readonly programs: HostPrograms;
  readonly identity: RunIdentity;
}): Promise<Staged | undefined> => {
  const session = await openHostSession(await options.open(), options.programs.inspectStaged(options.identity));
  const packages: StagedPackage[] = [];
  const words = new Map<string, string>();
  for await (const line of session.lines) {
    if (line.kind !== 'say') continue;
    const found = line.word === 'package' ? parsePackage(line.rest) : undefined;
    if (found === undefined) words.set(line.word, line.rest);
    else packages.push(found);
  }
  session.close();
  if (!words.has('end')) throw new NodeprepError('no-answer', 'the host did not finish the list of what is staged');
  const seal = words.get('seal');
  if (seal === undefined || !sha256Shape.test(seal)) return undefined;
  return { seal, packages, plan: Buffer.from(words.get('plan') ?? '', 'base64').toString('utf8') };
};

const sha256Shape = /^[0-9a-f]{64}$/;

/** `OF ROLE NAME VERSION SHA256`, SHA256 `-` where the file is gone. */
const parsePackage = (rest: string): StagedPackage | undefined => {
  const [of = '', role, name = '', version = '', sha256 = ''] = rest.split(' ').map(word => escapeLine(word, 200));
  if (role !== 'new' && role !== 'old') return undefined;
  return { of, role, name, version, sha256: sha256Shape.test(sha256) ? sha256 : null };
};
