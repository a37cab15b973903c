import { known, type Observed } from '../core/observed.ts';
import type { CriAnswers } from './cri.ts';
import type { Fact } from './fact.ts';
import { answerText, linesOf, needsRoot } from './read.ts';

export interface ClusterState {
  /** A kubelet kubeconfig exists, or CRI lists sandboxes (design 3.9). */
  readonly joined: boolean;
  /** What says so, e.g. `/etc/kubernetes/kubelet.conf`. */
  readonly evidence: string | undefined;
  /** k3s, rke2, k0s, microk8s: found by binary, unit or directory; with what was found. */
  readonly foreign: { readonly name: string; readonly evidence: string } | undefined;
  readonly kubeletVersion: string | undefined;
}

/** Binary, unit and data directory of the distributions that bring their own kubelet and runtime. */
const foreignSigns = {
  k3s: [
    '/usr/local/bin/k3s',
    '/usr/bin/k3s',
    '/etc/systemd/system/k3s.service',
    '/etc/systemd/system/k3s-agent.service',
    '/var/lib/rancher/k3s',
  ],
  rke2: ['/usr/local/bin/rke2', '/usr/bin/rke2', '/opt/rke2/bin/rke2', '/var/lib/rancher/rke2'],
  k0s: ['/usr/local/bin/k0s', '/usr/bin/k0s', '/etc/k0s', '/var/lib/k0s'],
  microk8s: ['/snap/bin/microk8s', '/var/snap/microk8s'],
} as const;

const foreignTests = Object.entries(foreignSigns)
  .flatMap(([name, paths]) => paths.map(path => `[ -e ${path} ] && echo foreign ${name} ${path}`))
  .join('\n');

/** The kubelet is looked for among the processes only where its program is installed: `--kubeconfig` of its argv counts (design 3.9). */
export const clusterState: Fact<ClusterState> = {
  items: {
    signs: {
      kind: 'sh',
      timeoutSeconds: 5,
      script: `if [ -d /etc/kubernetes ] && [ ! -x /etc/kubernetes ]; then echo hidden /etc/kubernetes
elif [ -e /etc/kubernetes/kubelet.conf ]; then echo joined /etc/kubernetes/kubelet.conf; fi
${foreignTests}
if command -v kubelet >/dev/null; then
for f in $(grep -slx kubelet /proc/[0-9]*/comm); do
p=\${f%/comm}
previous=
tr '\\000' '\\n' <"$p/cmdline" | while IFS= read -r a; do
case $a in --kubeconfig=*) c=\${a#*=};; *) c=; [ "$previous" = --kubeconfig ] && c=$a;; esac
previous=$a
[ -n "$c" ] && [ -e "$c" ] && echo "joined $c"
done
done
printf 'kubelet %s\\n' "$(limit kubelet --version)"
fi
return 0`,
    },
  },
  parse({ signs }, context) {
    const lines = linesOf(answerText(signs));
    const hidden = lines.find(line => line.startsWith('hidden '));
    const evidence = lines.find(line => line.startsWith('joined '))?.slice('joined '.length);
    if (hidden !== undefined && evidence === undefined) throw needsRoot(hidden.slice('hidden '.length), context);
    const [, name, sign] = /^foreign (\S+) (.+)$/.exec(lines.find(line => line.startsWith('foreign ')) ?? '') ?? [];
    return known({
      joined: evidence !== undefined,
      evidence,
      foreign: name === undefined || sign === undefined ? undefined : { name, evidence: sign },
      kubeletVersion: /^kubelet Kubernetes v(\S+)$/m.exec(lines.join('\n'))?.[1],
    });
  },
};

/** A runtime that holds pods makes a node of its host, whatever its kubelet's files say: they may lie elsewhere, or be lost. */
export const withSandboxes = (state: Observed<ClusterState>, cri: Observed<CriAnswers>): Observed<ClusterState> => {
  if (!state.known || state.value.joined || !cri.known) return state;
  const answers = Object.values(cri.value);
  const sandboxes = answers.reduce((sum, answer) => sum + (answer.answered ? answer.sandboxes : 0), 0);
  const evidence = `its runtime holds ${sandboxes} pod ${sandboxes === 1 ? 'sandbox' : 'sandboxes'}`;
  return sandboxes > 0 ? known({ ...state.value, joined: true, evidence }) : state;
};
