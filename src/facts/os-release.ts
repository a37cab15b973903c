import { known } from '../core/observed.ts';
import type { Fact } from './fact.ts';
import { decodeFiles } from './files.ts';
import { CannotTell, readFile, words } from './read.ts';

export interface OsRelease {
  readonly id: string;
  readonly idLike: readonly string[];
  readonly versionId: string | undefined;
  readonly codename: string | undefined;
  readonly prettyName: string;
}

/** os-release(5): /etc first, else /usr/lib; shell-like quoting, no expansion. */
export const osRelease: Fact<OsRelease> = {
  items: { files: { kind: 'files', paths: ['/etc/os-release', '/usr/lib/os-release'] } },
  parse(answers, context) {
    const files = decodeFiles(answers.files);
    const text = readFile(files, '/etc/os-release', context) ?? readFile(files, '/usr/lib/os-release', context);
    if (text === undefined) throw new CannotTell('neither /etc/os-release nor /usr/lib/os-release exists');
    const values = parseAssignments(text);
    const id = values.get('ID') ?? 'linux';
    return known({
      id,
      idLike: words(values.get('ID_LIKE') ?? ''),
      versionId: values.get('VERSION_ID'),
      codename: values.get('VERSION_CODENAME'),
      prettyName: values.get('PRETTY_NAME') ?? values.get('NAME') ?? id,
    });
  },
};

const parseAssignments = (text: string): ReadonlyMap<string, string> =>
  new Map(
    text.split('\n').flatMap(line => {
      const [, key, value] = /^\s*([A-Za-z0-9_]+)=(.*?)\s*$/.exec(line) ?? [];
      return key === undefined || value === undefined ? [] : [[key, unquote(value)] as const];
    }),
  );

const unquote = (value: string): string => {
  const inner = /^"(.*)"$/.exec(value)?.[1]?.replace(/\\(["$`\\])/g, '$1');
  return inner ?? /^'(.*)'$/.exec(value)?.[1] ?? value;
};
