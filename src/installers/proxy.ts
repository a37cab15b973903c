import type { FileChange, ServiceChange } from '../changes/change.ts';
import type { DesiredNode, DesiredProxy } from '../core/desired.ts';
import { profileOf } from '../core/runtimes/index.ts';
import { outlivesRestart } from '../facts/docker-in-force.ts';
import type { HostFile } from '../facts/fact.ts';
import { hostFile } from '../facts/files.ts';
import { aptProxyPath, type Proxies, proxyAssignments, proxyVariables } from '../facts/proxies.ts';
import type { Service } from '../facts/services.ts';
import { type DisruptionId, disruptionOf } from './disruption.ts';
import { fileChange, isOwnFile, ownHeader, pathStateOf } from './file-change.ts';
import { defineInstaller, type InstallerPlan, type Refusal } from './installer.ts';
import { knownFacts, nothing, planRefused, refused } from './known-facts.ts';
import { unitLabel, unitRestart } from './runtime-unit.ts';

const required = ['clusterState', 'proxies', 'services'] as const;

/** The runtime and the package manager reach the outside through the proxy that the inventory names; first of all, since packages come next. */
export const proxy = defineInstaller({
  id: 'proxy',
  source: 'https://www.freedesktop.org/software/systemd/man/latest/systemd.exec.html#Environment=',
  needs: [...required, 'docker'],
  appliesTo: desired => desired.proxy !== undefined,
  plan(facts, desired, os) {
    if (desired.proxy === undefined) return nothing;
    const known = knownFacts(facts, required, 'the proxy');
    if (!known.known) return refused(...known.refusals);
    const { clusterState, proxies, services } = known.value;
    const unit = profileOf(desired.runtime.name).pullingUnit;
    const live = facts.docker.known && outlivesRestart({ docker: facts.docker.value, services });
    const disruption = disruptionOf(restartRow(desired.runtime, live), clusterState.joined);
    const parts = [
      planDropIn(unit, desired.proxy, proxies),
      // dnf takes its proxy from dnf.conf, zypper from /etc/sysconfig/proxy, which are the administrator's.
      ...(os.packageManager === 'apt' ? [planApt(desired.proxy, proxies)] : []),
    ];
    return {
      changes: [
        ...parts.flatMap(({ changes }) => changes),
        ...planRestart(unit, desired.proxy, proxies, services[unit], disruption),
      ],
      later: [],
      refusals: parts.flatMap(({ refusals }) => refusals),
      originals: Object.assign({}, ...parts.map(({ originals }) => originals ?? {})),
    };
  },
});

const restartRow = ({ name, cgroupDriver }: DesiredNode['runtime'], live: boolean): DisruptionId => {
  const { containersStay } = profileOf(name);
  if (containersStay === 'with live-restore') return live ? 'docker-proxy-live' : 'docker-proxy';
  return containersStay === 'under systemd' && cgroupDriver === 'cgroupfs' ? 'cri-o-proxy-cgroupfs' : 'runtime-proxy';
};

type Variables = Readonly<Record<string, string>>;

const variablesOf = ({ http, https, noProxy }: DesiredProxy): Variables => ({
  ...(http === undefined ? {} : { HTTP_PROXY: http }),
  ...(https === undefined ? {} : { HTTPS_PROXY: https }),
  ...(noProxy.length === 0 ? {} : { NO_PROXY: noProxy.join(',') }),
});

/** What the inventory does not set may be anything; of NO_PROXY more may be exempt than it asks for. */
const says = (key: string, found: string | undefined, wanted: string | undefined): boolean => {
  if (wanted === undefined || found === wanted) return true;
  const exempt = found?.split(',').map(entry => entry.trim()) ?? [];
  return key === 'NO_PROXY' && wanted.split(',').every(entry => exempt.includes(entry));
};

const planDropIn = (unit: string, wanted: DesiredProxy, { dropIns }: Proxies): InstallerPlan => {
  const variables = variablesOf(wanted);
  const path = `/etc/systemd/system/${unit}.d/http-proxy.conf`;
  const ofUnit = dropIns.filter(file => file.path.startsWith(`/etc/systemd/system/${unit}.d/`));
  const own = ofUnit.find(file => file.path === path);
  const foreign = ofUnit.filter(file => file !== own || !isOwnFile(file)).flatMap(proxyAssignments);
  const rivals = foreign.filter(({ key, value }) => !says(key, value, variables[key]));
  if (rivals.length > 0) return refused(...rivals.map(rival => otherProxy(rival.key, `${rival.path}:${rival.line}`)));
  const missing = Object.keys(variables).filter(key => !foreign.some(assignment => assignment.key === key));
  if (own !== undefined && !isOwnFile(own) && missing.length > 0) {
    return refused(
      planRefused(
        `${path} is not nodeprep's and does not set ${missing.join(', ')}`,
        'Remove it and nodeprep writes one, or set them there.',
      ),
    );
  }
  // Whoever says the same already needs nothing of ours.
  if (missing.length === 0 && own === undefined) return nothing;
  if (own !== undefined && !isOwnFile(own)) return nothing;
  const lines = Object.entries(variables).map(
    ([key, value]) => `Environment="${key}=${value.replaceAll('%', '%%')}"\n`,
  );
  return ownFile(own ?? hostFile(path, undefined), `${ownHeader}[Service]\n${lines.join('')}`, {
    summary: `${unit} reaches the outside through the proxy`,
    because: 'images are pulled through it',
    disruption: disruptionOf('runtime-proxy-file'),
  });
};

const otherProxy = (what: string, place: string): Refusal =>
  planRefused(
    `${place} sets ${what} to something else than the inventory`,
    'Remove that line, or make proxy in the inventory say the same; then plan again.',
  );

const planApt = (wanted: DesiredProxy, { apt, aptFile }: Proxies): InstallerPlan => {
  if (apt === null) return nothing;
  const settings = aptSettings(wanted);
  const differs = Object.entries(settings).filter(([key, value]) => apt[key] !== value);
  if (differs.length === 0) return nothing;
  const text = `${ownHeader}${Object.entries(settings)
    .map(([key, value]) => `Acquire::${key.replace(/^https?/, '$&::Proxy')} "${value}";\n`)
    .join('')}`;
  // What is read after our file, which is there, wins over it.
  if (aptFile.text === text) return refused(...differs.map(([key]) => otherProxy(`Acquire::${key} of apt`, aptLater)));
  return ownFile(aptFile, text, {
    summary: 'apt fetches packages through the proxy',
    because: 'the inventory asks for it',
    disruption: disruptionOf('package-proxy'),
  });
};

const aptLater = `/etc/apt/apt.conf, or a file after ${aptProxyPath},`;

/** apt takes exceptions by host name or address only, neither by domain nor by network. */
const aptSettings = ({ http, https, noProxy }: DesiredProxy): Variables => {
  const hosts = noProxy.filter(entry => /^[A-Za-z0-9][A-Za-z0-9.-]*$/.test(entry));
  return Object.fromEntries(
    [['http', http] as const, ['https', https] as const].flatMap(([scheme, url]) =>
      url === undefined
        ? []
        : [[scheme, url] as const, ...hosts.map(host => [`${scheme}::${host}`, 'DIRECT'] as const)],
    ),
  );
};

interface OwnFileWish {
  readonly summary: string;
  readonly because: string;
  readonly disruption: FileChange['disruption'];
}

const ownFile = (file: HostFile, text: string, wish: OwnFileWish): InstallerPlan => {
  if (file.text === text) return nothing;
  const before = pathStateOf(file);
  const isOurs = before?.state === 'absent' || (before?.state === 'file' && isOwnFile(file));
  if (before === undefined || !isOurs) {
    return refused(planRefused(`${file.path} is something that nodeprep does not replace`));
  }
  const change = fileChange(file, before, text, { ...wish, phase: 'stage', settings: [wish.summary] });
  return { ...nothing, changes: [change], originals: { [file.path]: file.text ?? '' } };
};

/** A process keeps the environment that it was started with, and shows it. */
const planRestart = (
  unit: string,
  wanted: DesiredProxy,
  { processes }: Proxies,
  service: Service | undefined,
  disruption: ServiceChange['disruption'],
): readonly ServiceChange[] => {
  if (service === undefined || service.activeState !== 'active') return [];
  const running = processes.find(({ pid }) => pid === service.mainPid)?.variables;
  const variables = variablesOf(wanted);
  const wrong = proxyVariables.filter(key => !says(key, running?.[key], variables[key]));
  if (wrong.length === 0) return [];
  return [
    unitRestart({
      unit,
      state: service,
      because: `the running process does not have ${wrong.join(', ')} of the inventory`,
      disruption,
      setting: unitLabel,
    }),
  ];
};
