import { known } from '../core/observed.ts';
import type { Fact } from './fact.ts';
import { decodeFiles } from './files.ts';
import { rpmManagerScript } from './package-manager.ts';
import { answerText, CannotTell, keyValues, linesOf } from './read.ts';
import { heldNames, printHolds } from './rpm-holds.ts';

export interface Packages {
  readonly manager: 'apt' | 'dnf' | 'yum' | 'zypper' | 'none';
  /** Of the packages that installers ask for: name → installed version; absent = not installed. */
  readonly installed: Readonly<Record<string, string>>;
  readonly held: readonly string[];
  /** Names in a half-installed or unconfigured state (dpkg --audit). */
  readonly broken: readonly string[];
  /** Newest modification of the package lists, seconds since the epoch; null = no lists. */
  readonly listsUpdatedSeconds: number | null;
}

/** What installers, checks and `plan` ask for. */
export const packageNames = [
  'containerd',
  'containerd.io',
  'runc',
  'containernetworking-plugins',
  'kubernetes-cni',
  'cri-tools',
  'docker',
  'docker.io',
  'docker-cli',
  'moby-engine',
  'docker-ce',
  'docker-ce-cli',
  'docker-ce-rootless-extras',
  'docker-ee',
  'docker-ee-cli',
  'cri-o',
  'cri-dockerd',
  'crun',
  'runsc',
  'container-selinux',
  'podman',
  'skopeo',
  'kubelet',
  'kubeadm',
  'kubectl',
  'zram-tools',
  'systemd-zram-generator',
  'needrestart',
  'ufw',
] as const;

const names = packageNames.join('|').replaceAll('.', '[.]');

/**
 * dpkg's own database by one grep, a tenth of what `dpkg-query` costs: the stanzas of the packages that are asked for, and those of all
 * packages in a state between installed and not. rpm is asked where there is no dpkg.
 */
export const packages: Fact<Packages> = {
  items: {
    manager: {
      kind: 'sh',
      script: `if [ -e /var/lib/dpkg/status ] && command -v apt-get >/dev/null; then echo manager apt
else ${rpmManagerScript}
fi
for f in /var/lib/apt/lists/*Release /var/lib/apt/lists/*_Packages* /var/cache/dnf/*/repodata/repomd.xml /var/cache/zypp/raw/*/repodata/repomd.xml; do [ -e "$f" ] && echo lists yes && break; done
for f in /var/lib/dpkg/updates/[0-9]*; do [ -e "$f" ] && echo interrupted yes && break; done
return 0`,
    },
    lists: {
      kind: 'files',
      paths: [
        '/var/lib/apt/lists',
        '/var/lib/apt/lists/partial',
        '/var/cache/dnf/*/repodata',
        '/var/cache/zypp/raw/*/repodata',
      ],
      stat: true,
    },
    dpkg: {
      kind: 'sh',
      script: `[ -e /var/lib/dpkg/status ] || return 0
grep -E -B 3 -A 16 -e '^Package: (${names})$' -e '^Status: [a-z]+ (reinstreq|ok (half-|unpacked|config-failed|triggers-))' /var/lib/dpkg/status
[ $? -le 1 ]`,
    },
    rpm: {
      kind: 'sh',
      script: `[ -e /var/lib/dpkg/status ] && return 0
command -v rpm >/dev/null || return 0
limit rpm -q --qf '%{NAME} %{EVR}\\n' ${packageNames.join(' ')}
[ $? -ne 124 ] || return 124
${printHolds}
return 0`,
    },
  },
  parse(answers) {
    const said = keyValues(answers.manager);
    const manager = said.get('manager');
    if (!isManager(manager)) throw new Error(`package manager ${manager}`);
    if (answers.dpkg?.exitCode !== 0) throw new CannotTell('/var/lib/dpkg/status cannot be read');
    if (answers.rpm?.exitCode !== 0) throw new CannotTell('rpm did not answer in time');
    const stanzas = parseStatus(answerText(answers.dpkg));
    const broken = stanzas.filter(({ state }) => isBroken(state)).map(({ name }) => name);
    return known({
      manager,
      installed: { ...rpmVersions(answerText(answers.rpm)), ...dpkgVersions(stanzas) },
      held:
        manager === 'apt'
          ? stanzas.filter(({ name, state }) => state.startsWith('hold ') && isAsked(name)).map(({ name }) => name)
          : heldNames(answerText(answers.rpm), packageNames),
      broken: said.has('interrupted') ? [...broken, 'dpkg (interrupted)'] : broken,
      listsUpdatedSeconds: said.has('lists') ? newestChange(answers.lists) : null,
    });
  },
};

const isManager = (text: string | undefined): text is Packages['manager'] =>
  text === 'apt' || text === 'dnf' || text === 'yum' || text === 'zypper' || text === 'none';

interface Stanza {
  readonly name: string;
  /** `install ok installed`, `hold ok installed`, `deinstall ok config-files` … */
  readonly state: string;
  readonly version: string;
}

/** Stanzas with some context around them; fields of a name end where the next `Package:` begins. */
const parseStatus = (text: string): readonly Stanza[] =>
  text
    .split(/^(?=Package: )/m)
    .filter(part => part.startsWith('Package: '))
    .map(part => part.split(/\n(?:\n|--\n)/)[0] ?? '')
    .map(part => ({ name: field(part, 'Package'), state: field(part, 'Status'), version: field(part, 'Version') }))
    .filter(({ state }) => state !== '');

const field = (stanza: string, name: string): string =>
  new RegExp(`^${name}: (.*)$`, 'm').exec(stanza)?.[1]?.trim() ?? '';

const isBroken = (state: string): boolean =>
  /^\S+ (reinstreq |ok (half-|unpacked|config-failed|triggers-))/.test(state);

const dpkgVersions = (stanzas: readonly Stanza[]): Readonly<Record<string, string>> =>
  Object.fromEntries(
    stanzas.flatMap(({ name, state, version }) =>
      version !== '' && !/ (not-installed|config-files)$/.test(state) && isAsked(name) ? [[name, version]] : [],
    ),
  );

const isAsked = (name: string): boolean => packageNames.some(asked => asked === name);

/** `NAME EPOCH:VERSION-RELEASE`, without an epoch that is not set; what is not installed is said in a sentence. */
const rpmVersions = (text: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    linesOf(text).flatMap(line => {
      const [name = '', version, ...rest] = line.split(' ');
      return version !== undefined && rest.length === 0 && isAsked(name) ? [[name, version]] : [];
    }),
  );

/** `apt-get update` works in `partial`, also when every list is unchanged. */
const newestChange = (lists: Parameters<typeof decodeFiles>[0]): number | null => {
  const times = [...decodeFiles(lists).values()].flatMap(({ stat }) => (stat === undefined ? [] : [stat.mtimeSeconds]));
  return times.length === 0 ? null : Math.max(...times);
};
