import { known } from '../core/observed.ts';
import { dearmor, publicKeysIn } from '../core/openpgp.ts';
import type { PackageManager } from '../core/package-manager.ts';
import type { Fact } from './fact.ts';
import { decodeFiles, hostFile } from './files.ts';
import { type IniSection, parseIni } from './ini.ts';
import { rpmManagerScript } from './package-manager.ts';
import type { PackageSources } from './package-sources.ts';
import { CannotTell, keyValues, refuseUnreadable } from './read.ts';

export type RpmSources = PackageSources<RpmManager, RpmEntry>;

export type RpmManager = Exclude<PackageManager, 'apt'>;

export interface RpmEntry {
  readonly path: string;
  readonly id: string;
  /** As written, variables of the package manager in it; none where it has only a list of mirrors. */
  readonly urls: readonly string[];
}

export const rpmSourceDirectories = {
  dnf: '/etc/yum.repos.d',
  zypper: '/etc/zypp/repos.d',
} as const satisfies Record<RpmManager, string>;
export const rpmKeyDirectory = '/etc/pki/rpm-gpg';

/** dnf.conf(5), repo options; zypper reads the same. */
export const rpmSources: Fact<RpmSources> = {
  dear: true,
  items: {
    manager: { kind: 'sh', script: rpmManagerScript },
    files: {
      kind: 'files',
      stat: true,
      paths: [
        ...Object.values(rpmSourceDirectories).map(directory => `${directory}/*.repo`),
        `${rpmKeyDirectory}/nodeprep-*.asc`,
      ],
    },
  },
  parse(answers, context) {
    const manager = keyValues(answers.manager).get('manager');
    if (manager !== 'dnf' && manager !== 'zypper') throw new CannotTell('this host has neither dnf nor zypper');
    const directory = rpmSourceDirectories[manager];
    const files = new Map(
      [...decodeFiles(answers.files)].filter(
        ([path]) => path.startsWith(`${directory}/`) || path.startsWith(`${rpmKeyDirectory}/`),
      ),
    );
    refuseUnreadable(files, context);
    const read = [...files.values()].filter(({ state }) => state === 'file');
    const own = [...files].flatMap(([path, file]) => (/\/nodeprep-[^/]*$/.test(path) ? [hostFile(path, file)] : []));
    const keys = read.filter(({ path }) => path.startsWith(`${rpmKeyDirectory}/`));
    const lists = [...files].filter(([path]) => path.endsWith('.repo'));
    return known({
      manager,
      entries: lists.flatMap(([path, { text, state }]) => (state === 'file' ? parseRepositories(path, text) : [])),
      files: lists.map(([path, file]) => hostFile(path, file)),
      own,
      keys: Object.fromEntries(keys.map(({ path, text }) => [path, publicKeysIn(dearmor(text))])),
    });
  },
};

export const parseRepositories = (path: string, text: string): readonly RpmEntry[] =>
  parseIni(text)
    .filter(isEnabled)
    .map(({ name, values }) => ({ path, id: name, urls: urlsOf(values) }));

/** A section that is a repository, and in use. */
export const isEnabled = ({ name, values }: IniSection): boolean =>
  name !== 'main' && !/^(0|no|false)$/i.test(values.get('enabled') ?? '1');

export const urlsOf = (values: IniSection['values']): readonly string[] =>
  (values.get('baseurl') ?? '').split(/[\s,]+/).filter(url => url !== '');
