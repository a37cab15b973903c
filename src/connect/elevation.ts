/**
 * The scripts that reach root in the same exec (design 3.2). They run under whatever login shell the host has, inside single
 * quotes, so they hold no single quote, backslash, exclamation mark or line break: sh, bash, zsh, fish, csh and ash agree on the rest.
 *
 * The start mark travels in two halves and comes back joined, so that an echo of our command is never taken for an answer.
 */
export interface Marks {
  readonly left: string;
  readonly right: string;
}

/** plain: as the login user. root: root or nothing. best: root, else the login user. ask: sudo may read one password line. */
export type Way = 'plain' | 'root' | 'best' | 'ask';

/** Arguments of the reader: mark halves, what it became, how to start the program. */
const READER = [
  'echo "$1$2 ready $3"; n=0;',
  'while read -r l; do',
  'if [ "$l" = "$1" ]; then echo "$1$2 go $n"; $4 /bin/sh -s; s=$?; [ $s = 1 ] && exit 121; exit $s; fi;',
  'n=$((n+1)); done',
].join(' ');

/**
 * A login's PATH often lacks sbin; messages are read by us, so they must be in English. Who does not own `/` is not root, which
 * `test` tells without a process (-O is not POSIX, but in every sh that hosts have; where it is not, sudo decides).
 */
const PREPARE = [
  'PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C; export PATH LC_ALL;',
  '[ -O / ] && [ "$(id -u)" = 0 ] && exec /bin/sh -c "$1" nodeprep $2 $3 login exec;',
].join(' ');

const AS_USER = 'exec /bin/sh -c "$1" nodeprep $2 $3 user exec';
const ASKING = 'echo "$2$3 asking" >&2;';
const BY_SUDO = '/bin/sh -c "$1" nodeprep $2 $3 sudo';

/**
 * sudo's own failure is exit 1, and then it has read nothing, so the program still waits on standard input for the login
 * user's shell. The reader under sudo is not replaced by the program's shell: it turns the program's exit 1 into 121.
 */
const BEST = [
  `${ASKING} if command -v sudo >/dev/null; then sudo -n ${BY_SUDO};`,
  's=$?; case $s in 1) ;; 121) exit 1 ;; *) exit $s ;; esac;',
  'else echo "sudo: not found" >&2; fi;',
  `echo "$2$3 refused" >&2; ${AS_USER}`,
].join(' ');

const scripts = {
  plain: AS_USER,
  root: `${ASKING} exec sudo -n ${BY_SUDO} exec`,
  best: BEST,
  ask: `${ASKING} exec sudo -S -p "" ${BY_SUDO} exec`,
} as const satisfies Record<Way, string>;

export const elevationArguments = (way: Way, marks: Marks): readonly string[] => [
  '/bin/sh',
  '-c',
  `${PREPARE} ${scripts[way]}`,
  'nodeprep',
  READER,
  marks.left,
  marks.right,
];

/** What the reader became. */
export type Became = 'login' | 'sudo' | 'user';
