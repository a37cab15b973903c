import type { Check, ClusterCheck, FleetCheck, ProofCheck } from '../src/checks/check.ts';
import { checks, clusterChecks, fleetChecks, proofChecks } from '../src/checks/index.ts';
import { errorCodes } from '../src/core/errors.ts';
import { checkFiles } from './check-files.ts';

const generated = '<!-- Written by `npm run docs`. Change the source, not this page. -->';

type Documented =
  | Omit<Check, 'evaluate'>
  | Omit<FleetCheck, 'evaluate'>
  | Omit<ClusterCheck, 'evaluate'>
  | Omit<ProofCheck, 'evaluate'>;

/** docs/checks.md: every check id by area, which is its folder. */
export const renderChecks = (): string => {
  const files = checkFiles();
  const areaOf = (id: string): string => files.find(file => file.id === id)?.area ?? '';
  const all: readonly Documented[] = [...checks, ...fleetChecks, ...clusterChecks, ...proofChecks];
  const areas = [...new Set(all.map(({ id }) => areaOf(id)))];
  const sections = areas.map(area =>
    section(
      area,
      all.filter(({ id }) => areaOf(id) === area),
    ),
  );
  return `${generated}

# Checks

\`nodeprep check\` judges every host by the rules below. Ids are public: waivers, \`--output json\` and scripts name them.

- \`fail\` of severity \`error\` gives exit code 1, unless it is waived; \`warning\` and \`info\` do not.
- \`unknown\` means that the host could not tell, with the reason; it is never a pass. \`--strict\` makes it count.
- \`skip\` means that the rule does not apply, with the reason.
- \`fixed by apply\` says what \`apply\` can repair in principle; each finding says whether it will on that host.
- Some rules change their severity with the Kubernetes version or the role; the table has the usual one.
- A check can be waived in the inventory with an owner, a reason and a date. After that date the finding counts again, and \`waiver-expired\` is an error of its own.

${sections.join('\n')}
## More about some of them

<a id="unfinished-run"></a>
### unfinished-run

A run of \`apply\` or \`rollback\` writes a journal below \`/var/lib/nodeprep/runs\` on the host. When control side and host program both die, the journal has no end.
The next \`apply\`, \`rollback\` or \`recover\` reads it and undoes what was half done, before anything else. While the host program is alive the finding is only \`info\`.

<a id="paused-units"></a>
### paused-units

While a run changes driver or runtime of a node, the kubelet (and an old runtime) is stopped and cannot be started, not by a reboot either: pods must not run under half a change. The run lifts
that at its end. Where it was killed, \`nodeprep recover\` does; where its revert got stuck (outcome \`partial\`), \`nodeprep rollback\` once what the journal names is repaired. By hand: the drop-in
\`00-nodeprep-paused.conf\` of the unit says how.

<a id="cluster-kubelet-config"></a>
### cluster-kubelet-config

Of \`plan\` and \`apply\` with a cluster, about the ConfigMap \`kube-system/kubelet-config\`, from which \`kubeadm upgrade node\` writes the file of every kubelet. \`info\`: the cluster has none,
so it is not kubeadm's, and only files of the nodes are changed. \`warning\`: nodes that the inventory does not have would get the new value too. \`error\`: a rollout stopped, and an upgrade
would break the nodes that it has not reached.

<a id="kubelet-configz"></a>
### kubelet-configz

Of \`plan\` and \`apply\` with a cluster, and only where your user may ask: a second opinion of the kubelet on its driver, from its \`/configz\`. That takes \`nodes/proxy\`, which amounts to exec on
every node, so the ClusterRole in \`templates/cluster\` does not have it. Kubelets before 1.35 that take the driver from the runtime are not asked, since they show there what their file says.

<a id="kubelet-cgroup-driver"></a>
### kubelet-cgroup-driver

What the kubelet uses is told, best first, by its own cgroups: \`kubepods.slice\` (systemd) or \`kubepods\` (cgroupfs), made since it started, or the only one there; by the runtime's
\`RuntimeConfig\`, where this version asks for it and the runtime has not restarted since; by its flags and files, where none is newer than the process. Else it is \`unknown\`.

<a id="sandbox-runs"></a>
### sandbox-runs

Of \`apply\`, once it has changed something and everything else is proved: a pod sandbox is started through CRI in the network of the host, the host is asked for its cgroup, and it is stopped
and removed. \`verify.sandbox\`: \`auto\` does it where the sandbox image is on the host or can be pulled (else \`skip\` with the reason), \`required\` fails without it, \`off\` never does it.
A sandbox that does not run as planned reverts the run. Killed in between, it bears the label \`nodeprep.io/proof\`: \`proofs-removed\` names it, and \`recover\` or the next proof removes it.

<a id="waiver-expired"></a>
### waiver-expired

Not a rule about the host: a waiver in the inventory has passed its date. Repair the host, or agree on a new date.
`;
};

const section = (area: string, rows: readonly Documented[]): string => `## ${area}

| id | the good state | severity | fixed by apply | reads | source |
|---|---|---|---|---|---|
${rows.map(row).join('\n')}
`;

const row = (check: Documented): string => {
  const { id, title, severity, source, fixable } = check;
  const reads = 'needs' in check ? check.needs.join(', ') : readsOf(check.id);
  return `| \`${id}\` | ${title} | ${severity} | ${fixable ? 'yes' : ''} | ${reads} | [rule](${source.replace(/^docs\/checks\.md/, '')}) |`;
};

const readsOf = (id: string): string =>
  proofChecks.some(check => check.id === id) ? 'a sandbox that apply starts' : 'the cluster';

/** docs/errors.md: what `hosts[].error.code` can say. */
export const renderErrors = (): string => `${generated}

# Error codes

What nodeprep could not do. In \`--output json\` they stand in \`hosts[].error.code\`. What is wrong with a host is not an error but a finding: see [checks](checks.md).

| code | meaning |
|---|---|
${Object.entries(errorCodes)
  .map(([code, meaning]) => `| \`${code}\` | ${meaning} |`)
  .join('\n')}
`;
