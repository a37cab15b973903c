import { known } from '../core/observed.ts';
import { confGlobs, confLines, effectiveFiles } from './conf-files.ts';
import type { Fact, HostFile } from './fact.ts';
import { decodeFiles, type FileRead, hostFile } from './files.ts';
import { moduleName } from './modules.ts';
import { answerText, readFile, refuseUnreadable, words } from './read.ts';

/** What is loaded at the next boot: modules-load.d files (precedence resolved), /etc/modules, `modules_load=` of the command line. */
export interface ModulesLoad {
  readonly modules: readonly { readonly name: string; readonly path: string; readonly line: number }[];
  /** /etc/modules-load.d/nodeprep.conf as it is (type absent when missing): a plan that writes it guards it. */
  readonly ownFile?: HostFile;
  /** Names blacklisted in modprobe.d, with the file that says so. */
  readonly blacklisted: readonly { readonly name: string; readonly path: string; readonly line: number }[];
}

export const ownModulesPath = '/etc/modules-load.d/nodeprep.conf';

type Named = ModulesLoad['modules'][number];

/** modules-load.d(5) and modprobe.d(5). `/etc/modules` is read by the boot of systemd only where modules-load.d links to it. */
export const modulesLoad: Fact<ModulesLoad> = {
  items: {
    files: {
      kind: 'files',
      paths: [...confGlobs('modules-load.d'), ...confGlobs('modprobe.d'), '/etc/modules', '/proc/cmdline'],
    },
    own: { kind: 'files', paths: [ownModulesPath], stat: true },
    init: { kind: 'sh', script: '[ -d /run/systemd/system ] && echo systemd\nreturn 0' },
  },
  parse(answers, context) {
    const files = decodeFiles(answers.files);
    refuseUnreadable(files, context);
    const cmdline = readFile(files, '/proc/cmdline', context) ?? '';
    const loose = answerText(answers.init).trim() === 'systemd' ? undefined : files.get('/etc/modules');
    const sources = [...effectiveFiles(files, 'modules-load.d'), ...(loose === undefined ? [] : [loose])];
    return known({
      modules: [...fromCmdline(cmdline, /^(?:rd\.)?modules[-_]load=/), ...sources.flatMap(modulesOf)],
      ownFile: hostFile(ownModulesPath, decodeFiles(answers.own).get(ownModulesPath)),
      blacklisted: [
        ...fromCmdline(cmdline, /^(?:rd\.)?(?:modprobe\.blacklist|module_blacklist)=/),
        ...effectiveFiles(files, 'modprobe.d').flatMap(blacklistOf),
      ],
    });
  },
};

/** One name a line; Debian's /etc/modules allows arguments after it. */
const modulesOf = ({ path, text }: FileRead): readonly Named[] =>
  confLines(text).map(({ line, text: entry }) => ({ name: moduleName(words(entry)[0] ?? ''), path, line }));

/** `blacklist NAME` keeps it from being loaded by alias, `install NAME /bin/false` from being loaded at all. */
const blacklistOf = ({ path, text }: FileRead): readonly Named[] =>
  confLines(text).flatMap(({ line, text: entry }) => {
    const [command, name, program] = words(entry);
    const disabled = command === 'install' && /^(\/usr)?\/bin\/(false|true)$/.test(program ?? '');
    return name !== undefined && (command === 'blacklist' || disabled) ? [{ name: moduleName(name), path, line }] : [];
  });

const fromCmdline = (cmdline: string, key: RegExp): readonly Named[] =>
  words(cmdline)
    .filter(word => key.test(word))
    .flatMap(word => word.slice(word.indexOf('=') + 1).split(','))
    .filter(name => name !== '')
    .map(name => ({ name: moduleName(name), path: '/proc/cmdline', line: 1 }));
