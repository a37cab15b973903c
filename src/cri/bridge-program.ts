import { quote } from '../core/shell.ts';

/**
 * Two one-way copies, so that neither side can block the other. When our side has ended its input, the runtime is told so
 * (half-close) and gets 2 s to finish: a runtime that hangs must not leave a process behind on the host.
 */
const python = `
import os, signal, socket, sys, threading, time
path, marker, seconds = sys.argv[1:4]
runtime = socket.socket(socket.AF_UNIX)
try:
    runtime.connect(path)
except OSError as error:
    sys.stderr.write(os.strerror(error.errno) + "\\n")
    os._exit(4)
signal.alarm(int(seconds))
os.write(1, ("BRIDGE %s python3\\n" % marker).encode())
def upwards():
    try:
        while True:
            block = os.read(0, 65536)
            if not block:
                break
            runtime.sendall(block)
        runtime.shutdown(socket.SHUT_WR)
    except OSError:
        pass
    time.sleep(2)
    os._exit(0)
threading.Thread(target=upwards, daemon=True).start()
try:
    while True:
        block = runtime.recv(65536)
        if not block:
            break
        while block:
            block = block[os.write(1, block):]
except OSError:
    pass
os._exit(0)
`;

const perl = `
use strict; use Socket;
my ($path, $marker, $seconds) = @ARGV;
socket(my $runtime, PF_UNIX, SOCK_STREAM, 0) or exit 4;
connect($runtime, sockaddr_un($path)) or do { print STDERR "$!\\n"; exit 4 };
sub copy {
  my ($from, $to) = @_;
  while (sysread($from, my $block, 65536)) {
    while (length $block) {
      my $written = syswrite($to, $block);
      return unless defined $written;
      substr($block, 0, $written, "");
    }
  }
}
syswrite(STDOUT, "BRIDGE $marker perl\\n");
my $parent = $$;
my $child = fork;
exit 5 unless defined $child;
alarm $seconds;
if (!$child) {
  copy(*STDIN, $runtime);
  shutdown($runtime, 1);
  sleep 2;
  kill "KILL", $parent;
  exit 0;
}
copy($runtime, *STDOUT);
kill "KILL", $child;
waitpid $child, 0;
exit 0;
`;

/** What the host could use to carry bytes, in the order they are tried. */
export const bridgeTools = ['socat', 'python3', 'perl', 'nc'] as const;
export type BridgeTool = (typeof bridgeTools)[number];

/** socat reads its address as a small language: only plain paths go through it. */
const attempts: Readonly<Record<BridgeTool, string>> = {
  socat: `case $socket in *[!A-Za-z0-9/._-]*) false ;; *) has socat ;; esac && {
    say socat
    exec socat -T "$seconds" - "UNIX-CONNECT:$socket"
  }`,
  python3: `has python3 && { python3 -IS -c ${quote(python)} "$socket" "$marker" "$seconds"; over $? && exit 0; }`,
  perl: `has perl && { perl -e ${quote(perl)} "$socket" "$marker" "$seconds"; over $? && exit 0; }`,
  nc: `has nc && case $(nc -h 2>&1) in
    *-N*-U*) say nc; exec nc -N -w "$seconds" -U "$socket" ;;
    *-U*) say nc; exec nc -w "$seconds" -U "$socket" ;;
  esac`,
};

/**
 * Carries bytes between this session and a unix socket. It first prints one line, `BRIDGE <marker> <word>`: the tool that is
 * connected (from then on every byte is the runtime's), or why there is none: no-socket, denied, refused, none.
 * It changes nothing, and ends by itself after `seconds` at the latest. It exits rather than returns: the shell would read on,
 * and what we sent to the runtime is no script.
 */
export const bridgeProgram = (
  socketPath: string,
  marker: string,
  seconds: number,
  tools: readonly BridgeTool[] = bridgeTools,
): string => `nodeprep_bridge() {
  socket=${quote(socketPath)} marker=${quote(marker)} seconds=${Math.ceil(seconds)}
  has() { command -v "$1" >/dev/null 2>&1; }
  say() { printf 'BRIDGE %s %s\\n' "$marker" "$1"; }
  over() {
    [ "$1" -ne 4 ] || { say refused; return 0; }
    [ "$1" -eq 0 ] || [ "$1" -gt 128 ]
  }
  [ -S "$socket" ] || { say no-socket; exit 0; }
  [ -w "$socket" ] || { say denied; exit 0; }
${tools.map(tool => `  ${attempts[tool]}`).join('\n')}
  say none
  exit 0
}
nodeprep_bridge
`;
