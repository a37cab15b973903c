import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** How the fake sudo behaves; its messages are those of sudo 1.9, as `rust` those of sudo-rs 0.2.5, which takes the end of its input for empty passwords. */
export type SudoBehaviour = 'nopasswd' | 'password' | 'rust' | 'absent' | 'requiretty' | 'not-in-sudoers' | 'silent';

export interface FakeSudo {
  /** For the server's shell: a PATH where `id` says 1000 and `sudo` is the fake. */
  readonly env: Readonly<Record<string, string>>;
  /** Passwords that were tried, in order. */
  attempts(): readonly string[];
  /** How often sudo was started, with its options. */
  calls(): readonly string[];
  remove(): void;
}

export interface FakeSudoOptions {
  readonly behaviour: SudoBehaviour;
  readonly password?: string;
  /** Printed on standard error before the password is read; `once` as sudo does with its lecture. */
  readonly lecture?: string;
  readonly lectureOnce?: boolean;
}

export const fakeSudo = ({
  behaviour,
  password = '',
  lecture = '',
  lectureOnce = false,
}: FakeSudoOptions): FakeSudo => {
  const directory = mkdtempSync(join(tmpdir(), 'nodeprep-sudo-'));
  const path = (name: string): string => join(directory, name);
  const script = (name: string, text: string): void => {
    writeFileSync(path(name), `#!/bin/sh\n${text}\n`);
    chmodSync(path(name), 0o755);
  };
  writeFileSync(path('lecture'), lecture);
  script('id', 'echo 1000');
  // Absent cannot be faked by leaving it out, since the script adds the usual directories to PATH; dash says the same.
  script(
    'sudo',
    behaviour === 'absent'
      ? 'echo "sh: 1: sudo: not found" >&2; exit 127'
      : sudoScript(directory, password, lectureOnce),
  );
  writeFileSync(path('behaviour'), behaviour);
  const lines = (name: string): readonly string[] =>
    existsSync(path(name)) ? readFileSync(path(name), 'utf8').split('\n').slice(0, -1) : [];
  return {
    env: { PATH: `${directory}:${process.env.PATH ?? ''}` },
    attempts: () => lines('attempts'),
    calls: () => lines('calls'),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
};

const sudoScript = (directory: string, password: string, lectureOnce: boolean): string => `
cd ${directory}
interactive=yes
options=
while :; do
  case $1 in
    -n) interactive=no; options="$options -n"; shift ;;
    -S) options="$options -S"; shift ;;
    -p) shift 2 ;;
    *) break ;;
  esac
done
echo "sudo$options" >>calls
behaviour=$(cat behaviour)
[ "$behaviour" = nopasswd ] && exec "$@"
if [ "$behaviour" = requiretty ]; then echo "sudo: sorry, you must have a tty to run sudo" >&2; exit 1; fi
if [ $interactive = no ]; then echo "sudo: a password is required" >&2; exit 1; fi
if [ "$behaviour" = rust ]; then
  for tries in 1 2 3; do
    IFS= read -r line
    echo "$line" >>attempts
    [ "$line" = '${password}' ] && exec "$@"
    for piece in '\n' 'sudo: ' 'Authentication failed, try again.' '\n'; do
      printf "$piece" >&2
      sleep 0.1
    done
  done
  echo "sudo-rs: Maximum 3 incorrect authentication attempts" >&2
  exit 1
fi
cat lecture >&2
${lectureOnce ? ': >lecture' : ''}
tries=0
while [ $tries -lt 3 ]; do
  if ! IFS= read -r line; then
    [ $tries = 0 ] && { echo "sudo: no password was provided" >&2; exit 1; }
    break
  fi
  echo "$line" >>attempts
  if [ "$line" = '${password}' ]; then
    if [ "$behaviour" = not-in-sudoers ]; then echo "ops is not in the sudoers file." >&2; exit 1; fi
    [ "$behaviour" = silent ] && exec sleep 5
    exec "$@"
  fi
  tries=$((tries + 1))
  [ $tries -lt 3 ] && echo "Sorry, try again." >&2
done
echo "sudo: $tries incorrect password attempt(s)" >&2
exit 1`;
