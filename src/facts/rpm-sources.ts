import { known } from '../core/observed.ts';
import { dearmor, type PublicKey, readPublicKeys } from '../core/openpgp.ts';
import type { Fact, HostFile } from './fact.ts';
import { decodeFiles, hostFile } from './files.ts';
import { parseIni } from './ini.ts';
import { CannotTell, refuseUnreadable } from './read.ts';

/** The package sources that dnf is configured with. */
export interface RpmSources {
  readonly manager: 'dnf';
  /** Those that are enabled. */
  readonly entries: readonly RpmEntry[];
  /** Sources and keys that nodeprep owns, those that are there: `/etc/yum.repos.d/nodeprep-docker.repo`. */
  readonly own: readonly HostFile[];
  /** What is in the keys that nodeprep owns, by path; [] = no key that could be read. */
  readonly keys: Readonly<Record<string, readonly PublicKey[]>>;
}

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
    return known({
      manager: 'dnf',
      entries: read.flatMap(({ path, text }) => (path.endsWith('.repo') ? parseRepositories(path, text) : [])),
      own,
      keys: Object.fromEntries(keys.map(({ path, text }) => [path, keysIn(text)])),
    });
  },
};

const keysIn = (text: string): readonly PublicKey[] => {
  const read = readPublicKeys(dearmor(text));
  return read.ok ? read.keys : [];
};

export const parseRepositories = (path: string, text: string): readonly RpmEntry[] =>
  parseIni(text)
    .filter(({ name, values }) => name !== 'main' && !/^(0|no|false)$/i.test(values.get('enabled') ?? '1'))
    .map(({ name, values }) => ({
      path,
      id: name,
      urls: (values.get('baseurl') ?? '').split(/[\s,]+/).filter(url => url !== ''),
    }));
