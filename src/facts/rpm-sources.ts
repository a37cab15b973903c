import { known } from '../core/observed.ts';
import { dearmor, publicKeysIn } from '../core/openpgp.ts';
import type { Fact } from './fact.ts';
import { decodeFiles, hostFile } from './files.ts';
import { parseIni } from './ini.ts';
import type { PackageSources } from './package-sources.ts';
import { CannotTell, refuseUnreadable } from './read.ts';

export type RpmSources = PackageSources<'dnf', RpmEntry>;

export interface RpmEntry {
  readonly path: string;
  readonly id: string;
  /** As written, variables of dnf in it; none where it has only a list of mirrors. */
  readonly urls: readonly string[];
}

export const rpmSourceDirectory = '/etc/yum.repos.d';
export const rpmKeyDirectory = '/etc/pki/rpm-gpg';

/** dnf.conf(5), repo options. */
export const rpmSources: Fact<RpmSources> = {
  dear: true,
  items: {
    manager: { kind: 'sh', script: 'command -v dnf >/dev/null' },
    files: {
      kind: 'files',
      stat: true,
      paths: [`${rpmSourceDirectory}/*.repo`, `${rpmKeyDirectory}/nodeprep-*.asc`],
    },
  },
  parse(answers, context) {
    if (answers.manager?.exitCode !== 0) throw new CannotTell('this host has no dnf');
    const files = decodeFiles(answers.files);
    refuseUnreadable(files, context);
    const read = [...files.values()].filter(({ state }) => state === 'file');
    const own = [...files].flatMap(([path, file]) => (/\/nodeprep-[^/]*$/.test(path) ? [hostFile(path, file)] : []));
    const keys = read.filter(({ path }) => path.startsWith(`${rpmKeyDirectory}/`));
    const lists = [...files].filter(([path]) => path.endsWith('.repo'));
    return known({
      manager: 'dnf',
      entries: lists.flatMap(([path, { text, state }]) => (state === 'file' ? parseRepositories(path, text) : [])),
      files: lists.map(([path, file]) => hostFile(path, file)),
      own,
      keys: Object.fromEntries(keys.map(({ path, text }) => [path, publicKeysIn(dearmor(text))])),
    });
  },
};

export const parseRepositories = (path: string, text: string): readonly RpmEntry[] =>
  parseIni(text)
    .filter(({ name, values }) => name !== 'main' && !/^(0|no|false)$/i.test(values.get('enabled') ?? '1'))
    .map(({ name, values }) => ({
      path,
      id: name,
      urls: (values.get('baseurl') ?? '').split(/[\s,]+/).filter(url => url !== ''),
    }));
