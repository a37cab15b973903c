import { known } from '../core/observed.ts';
import type { Fact } from './fact.ts';
import { answerText, CannotTell, linesOf, needsRoot } from './read.ts';

/** A task that containerd runs for somebody else than Kubernetes and Docker. */
export interface ForeignTask {
  readonly namespace: string;
  readonly id: string;
}

export type DataOwner = 'containerd' | 'docker' | 'crio';

export interface RuntimeData {
  readonly owner: DataOwner;
  /** Where it keeps images and containers. */
  readonly path: string;
  /** null: counting took longer than three seconds, which every plan would wait for. */
  readonly kib: number | null;
  /** null: cannot be told. */
  readonly images: number | null;
}

/** What the runtimes of a host hold: what a migration would stop, and what it leaves behind. */
export interface RuntimeContents {
  readonly tasks: readonly ForeignTask[];
  /** Of directories that hold something. */
  readonly data: readonly RuntimeData[];
}

const runtimeDataPaths = {
  containerd: '/var/lib/containerd',
  docker: '/var/lib/docker',
  crio: '/var/lib/containers',
} as const satisfies Record<DataOwner, string>;

const owners: readonly DataOwner[] = ['containerd', 'docker', 'crio'];

/** A path before the first table of containerd's configuration. */
const topLevel = (key: string): string =>
  `$(tr "'" '"' 2>/dev/null </etc/containerd/config.toml | sed -n -e '/^[[:space:]]*\\[/q' -e 's/^[[:space:]]*${key}[[:space:]]*=[[:space:]]*"\\(\\/[^"]*\\)".*/\\1/p')`;

/** containerd itself is not asked: the state of its tasks tells of them while it is down too, and needs no client. */
const tasks = `s=${topLevel('state')}
s=\${s:-/run/containerd}
for d in "$s"/io.containerd.runtime.v*; do
[ -d "$d" ] || continue
[ -r "$d" ] && [ -x "$d" ] || { echo "hidden $d"; continue; }
for t in "$d"/*/*/; do
t=\${t%/}
n=\${t%/*}
n=\${n##*/}
[ -d "$t" ] && case $n in k8s.io|moby) ;; *) printf 'task %s %s\\n' "$n" "\${t##*/}";; esac
done
done
return 0`;

/** In each, one entry an image, except containerd's, which lists it by its digest once. SUSE's packages call its client containerd-ctr. */
const data = `cr=${topLevel('root')}
cr=\${cr:-${runtimeDataPaths.containerd}}
dr=$(sed -n 's/.*"data-root"[[:space:]]*:[[:space:]]*"\\(\\/[^"]*\\)".*/\\1/p' /etc/docker/daemon.json 2>/dev/null | head -n 1)
dr=\${dr:-${runtimeDataPaths.docker}}
sr=$(sed -n 's/^[[:space:]]*graphroot[[:space:]]*=[[:space:]]*"\\(\\/[^"]*\\)".*/\\1/p' /etc/containers/storage.conf 2>/dev/null | head -n 1)
sr=\${sr:-${runtimeDataPaths.crio}}
c=-
t=$(command -v ctr || command -v containerd-ctr) && [ -S /run/containerd/containerd.sock ] && c=$(limit "$t" -n k8s.io images ls -q | grep -c '^sha256:')
d=0
for i in "$dr"/image/*/imagedb/content/sha256/*; do [ -e "$i" ] && d=$((d + 1)); done
s=0
for i in "$sr"/storage/*-images/images.json "$sr"/*-images/images.json; do [ -r "$i" ] && s=$(grep -o '"digest":"[^"]*"' "$i" | wc -l); done
size() {
[ -d "$2" ] && [ -n "$(ls -A "$2" 2>/dev/null)" ] || return 0
k=$(T=3; limit nice -n 19 du -skx "$2/.") && k=\${k%%[!0-9]*} || k=-
printf 'data %s %s %s %s\\n' "$2" "\${k:--}" "$3" "$1"
}
size containerd "$cr" "$c"
size docker "$dr" "$d"
size crio "$sr" "$s"
return 0`;

export const runtimeContents: Fact<RuntimeContents> = {
  dear: true,
  items: {
    tasks: { kind: 'sh', script: tasks },
    data: { kind: 'sh', script: data },
  },
  parse(answers, context) {
    if (answers.tasks?.exitCode !== 0) throw new CannotTell('the tasks of containerd could not be listed');
    const found = linesOf(answerText(answers.tasks));
    const hidden = found.find(line => line.startsWith('hidden '));
    if (hidden !== undefined) throw needsRoot(hidden.slice('hidden '.length), context);
    return known({
      tasks: found.flatMap(line => {
        const [, namespace, id] = /^task (\S+) (\S+)$/.exec(line) ?? [];
        return namespace === undefined || id === undefined ? [] : [{ namespace, id }];
      }),
      data: linesOf(answerText(answers.data)).flatMap(line => {
        const [, path, kib, images, said] = /^data (\S+) (\d+|-) (\d+|-)(?: ([a-z]+))?$/.exec(line) ?? [];
        const owner = owners.find(each => (said === undefined ? runtimeDataPaths[each] === path : each === said));
        return path === undefined || owner === undefined
          ? []
          : [{ owner, path, kib: count(kib), images: count(images) }];
      }),
    });
  },
};

const count = (word: string | undefined): number | null => (word === undefined || word === '-' ? null : Number(word));
