import type { ServiceChange } from '../../changes/change.ts';
import type { DesiredNode, DesiredProxy } from '../../core/desired.ts';
import { profileOf } from '../../core/runtimes/index.ts';
import { outlivesRestart } from '../../facts/docker-in-force.ts';
import { hostFile } from '../../facts/files.ts';
import { type Proxies, proxyAssignments, proxyVariables } from '../../facts/proxies.ts';
import type { Service } from '../../facts/services.ts';
import { type DisruptionId, disruptionOf } from '../disruption.ts';
import { isOwnFile, ownHeader } from '../file-change.ts';
import { defineInstaller, type InstallerPlan } from '../installer.ts';
import { knownFacts, nothing, planRefused, refused } from '../known-facts.ts';
import { unitLabel, unitRestart } from '../runtime-unit.ts';
import { otherProxy, ownFile } from './own-file.ts';
import { planPackageProxy } from './package-proxy.ts';

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
    const parts = [planDropIn(unit, desired.proxy, proxies), planPackageProxy(desired.proxy, proxies, os)];
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
