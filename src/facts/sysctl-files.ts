import { compileGlob, isGlob } from '../core/glob.ts';
import { known } from '../core/observed.ts';
import { confGlobs, confLines, effectiveFiles } from './conf-files.ts';
import type { Fact, HostFile } from './fact.ts';
import { decodeFiles, type FileRead, hostFile } from './files.ts';
import { answerText, linesOf, readFile, refuseUnreadable } from './read.ts';
import { squash, sysctlKeys } from './sysctl.ts';

/** Settings of all sysctl.d files in the order in which systemd-sysctl applies them at boot (later wins; masked files left out). */
export interface SysctlFiles {
  readonly settings: readonly SysctlSetting[];
  /** Whether `/etc/sysctl.conf` exists without being linked into sysctl.d: `sysctl --system` reads it, the boot does not. */
  readonly looseSysctlConf: readonly SysctlSetting[];
  /** /etc/sysctl.d/{99-zz,zz,zzz}-nodeprep.conf as they are (type absent when missing): a plan that writes one guards it. */
  readonly ownFiles?: readonly HostFile[];
}
export interface SysctlSetting {
  /** Dotted form, `net.ipv4.ip_forward`. */
  readonly key: string;
  readonly value: string;
  readonly path: string;
  readonly line: number;
}

/** Names that nodeprep may give its own file: the first that sorts after what it must beat. */
export const ownSysctlPaths = [
  '/etc/sysctl.d/99-zz-nodeprep.conf',
  '/etc/sysctl.d/zz-nodeprep.conf',
  '/etc/sysctl.d/zzz-nodeprep.conf',
] as const;

const looseFile = '/etc/sysctl.conf';
const ufwFiles = {
  enabled: '/etc/ufw/ufw.conf',
  defaults: '/etc/default/ufw',
  settings: '/etc/ufw/sysctl.conf',
} as const;

/**
 * sysctl.d(5). After systemd-sysctl an enabled ufw applies its own file (`IPT_SYSCTL` of /etc/default/ufw), so that one comes last.
 */
export const sysctlFiles: Fact<SysctlFiles> = {
  items: {
    files: { kind: 'files', paths: [...confGlobs('sysctl.d'), looseFile, ...Object.values(ufwFiles)] },
    own: { kind: 'files', paths: ownSysctlPaths, stat: true },
    linked: {
      kind: 'sh',
      script: `[ -e ${looseFile} ] || return 0
for f in ${confGlobs('sysctl.d').join(' ')}; do [ "$f" -ef ${looseFile} ] && printf '%s\\n' "$f"; done
return 0`,
    },
  },
  parse(answers, context) {
    const files = decodeFiles(answers.files);
    const ufw = new Map([...files].filter(([path]) => path.includes('ufw')));
    refuseUnreadable(new Map([...files].filter(([path]) => !ufw.has(path))), context);
    const effective = effectiveFiles(files, 'sysctl.d');
    const linked = new Set(linesOf(answerText(answers.linked)));
    const isLinked = effective.some(({ path }) => linked.has(path));
    const loose = files.get(looseFile);
    const atBoot = effective.flatMap(parseSettings);
    return known({
      settings: [...resolveGlobs(atBoot), ...ufwSettings(ufw, path => readFile(ufw, path, context))],
      ownFiles: ownSysctlPaths.map(path => hostFile(path, decodeFiles(answers.own).get(path))),
      looseSysctlConf: loose === undefined || isLinked ? [] : resolveGlobs(parseSettings(loose)),
    });
  },
};

interface Line extends SysctlSetting {
  /** `-key` without a value: the key is taken out of every glob. */
  readonly excludes: boolean;
}

export const parseSettings = ({ path, text }: Pick<FileRead, 'path' | 'text'>): readonly Line[] =>
  confLines(text).flatMap(({ line, text: entry }): readonly Line[] => {
    const equals = entry.indexOf('=');
    if (equals < 0) {
      return entry.startsWith('-') ? [{ key: dotted(entry.slice(1)), value: '', path, line, excludes: true }] : [];
    }
    // A leading `-` means only: do not complain if it fails.
    const key = entry.slice(0, equals).trim().replace(/^-/, '');
    return key === ''
      ? []
      : [{ key: dotted(key), value: squash(entry.slice(equals + 1)), path, line, excludes: false }];
  });

/** The first separator decides: in `net/ipv4/conf/eth0.100/forwarding` dots are part of a name, in dotted form slashes are. */
export const dotted = (key: string): string => {
  const name = key.trim();
  if (/^[^./]*\//.test(name)) return name.replace(/[./]/g, found => (found === '/' ? '.' : '/'));
  return name;
};

/**
 * A glob sets every key it matches except those that a line names outright, wherever that line stands. Consumers look keys up by name,
 * so globs are spelled out for the keys that nodeprep asks for.
 */
const resolveGlobs = (lines: readonly Line[]): readonly SysctlSetting[] => {
  const named = new Set(lines.filter(({ key }) => !isGlob(key)).map(({ key }) => key));
  return lines
    .filter(({ excludes }) => !excludes)
    .flatMap(({ key, value, path, line }) => {
      const setting = { key, value, path, line };
      if (!isGlob(key)) return [setting];
      const finds = compileGlob(asPath(key));
      const matched = sysctlKeys.filter(asked => finds(asPath(asked)) && !named.has(asked));
      return [setting, ...matched.map(asked => ({ ...setting, key: asked }))];
    });
};

/** sysctl looks keys up as paths below /proc/sys. */
const asPath = (key: string): string => key.replaceAll('.', '/');

const ufwSettings = (
  files: ReadonlyMap<string, FileRead>,
  textOf: (path: string) => string | undefined,
): readonly SysctlSetting[] => {
  if (!/^\s*ENABLED\s*=\s*"?yes"?\s*$/im.test(files.get(ufwFiles.enabled)?.text ?? '')) return [];
  const chosen = /^\s*IPT_SYSCTL\s*=\s*"?([^"\s]*)"?/m.exec(textOf(ufwFiles.defaults) ?? '')?.[1];
  if (chosen !== ufwFiles.settings) return [];
  return resolveGlobs(parseSettings({ path: ufwFiles.settings, text: textOf(ufwFiles.settings) ?? '' }));
};
