import type { DesiredProxy } from '../../core/desired.ts';
import { aptProxyPath, type Proxies } from '../../facts/proxies.ts';
import { ownHeader } from '../file-change.ts';
import type { InstallerPlan } from '../installer.ts';
import { nothing, refused } from '../known-facts.ts';
import { otherProxy, ownFile, packageWish } from './own-file.ts';

/** apt-transport-http(1): a file of our own beside those that are there; what apt says in the end is what counts. */
export const planApt = (wanted: DesiredProxy, { apt, aptFile }: Proxies): InstallerPlan => {
  if (apt === null) return nothing;
  const settings = aptSettings(wanted);
  const differs = Object.entries(settings).filter(([key, value]) => apt[key] !== value);
  if (differs.length === 0) return nothing;
  const text = `${ownHeader}${Object.entries(settings)
    .map(([key, value]) => `Acquire::${key.replace(/^https?/, '$&::Proxy')} "${value}";\n`)
    .join('')}`;
  // What is read after our file, which is there, wins over it.
  if (aptFile.text === text) return refused(...differs.map(([key]) => otherProxy(`Acquire::${key} of apt`, aptLater)));
  return ownFile(aptFile, text, packageWish('apt'));
};

const aptLater = `/etc/apt/apt.conf, or a file after ${aptProxyPath},`;

/** apt takes exceptions by host name or address only, neither by domain nor by network. */
const aptSettings = ({ http, https, noProxy }: DesiredProxy): Readonly<Record<string, string>> => {
  const hosts = noProxy.filter(entry => /^[A-Za-z0-9][A-Za-z0-9.-]*$/.test(entry));
  return Object.fromEntries(
    [['http', http] as const, ['https', https] as const].flatMap(([scheme, url]) =>
      url === undefined
        ? []
        : [[scheme, url] as const, ...hosts.map(host => [`${scheme}::${host}`, 'DIRECT'] as const)],
    ),
  );
};
