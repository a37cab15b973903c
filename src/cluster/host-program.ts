import { quote, quoteAll } from '../core/shell.ts';
import { removedVariables, setVariables } from './kubectl-command.ts';

/** Exit statuses of the program below; kubectl's own are 0 and 1. */
export const noKubectl = 86;
export const noKubeconfig = 87;
/** Of timeout(1). */
export const endedByTimeout = 124;

/** In the order in which they are tried; admin.conf has no more rights than are needed. */
export const kubeconfigs = [
  '/etc/kubernetes/admin.conf',
  '/etc/kubernetes/super-admin.conf',
  '/root/.kube/config',
] as const;

/** A POSIX sh program that runs kubectl once, as whoever `start` makes it run. Its input stands in the program: `sh -s` reads that from the same pipe. */
export const hostProgram = (args: readonly string[], stdin: string | undefined, timeoutMs: number): string => {
  const seconds = Math.ceil(timeoutMs / 1_000);
  const variables = Object.entries(setVariables).map(([name, value]) => `${name}=${value}`);
  return `nodeprep_kubectl() {
# sudo's secure_path often leaves out where kubectl is put by hand.
PATH="$PATH:/usr/local/bin:/opt/bin"
unset ${removedVariables.join(' ')}
export PATH ${variables.join(' ')}
command -v kubectl >/dev/null 2>&1 || return ${noKubectl}
for config in ${kubeconfigs.join(' ')}; do
[ -r "$config" ] && break
config=
done
[ -n "$config" ] || return ${noKubeconfig}
set -- kubectl --kubeconfig="$config" ${quoteAll(args)}
command -v timeout >/dev/null 2>&1 && set -- timeout ${seconds} "$@"
${stdin === undefined ? '"$@" </dev/null' : `printf %s ${quote(stdin)} | "$@"`}
}
nodeprep_kubectl
exit
`;
};
