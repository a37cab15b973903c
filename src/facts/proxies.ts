import { known } from '../core/observed.ts';
import type { Fact, HostFile } from './fact.ts';
import { decodeFiles, hostFile } from './files.ts';
import { answerText, linesOf, refuseUnreadable } from './read.ts';
import { type Assignment, splitWords, unitAssignments } from './systemd-words.ts';

export interface Proxies {
  /** Drop-ins of the units of runtimes, in the order in which systemd reads those of one unit. */
  readonly dropIns: readonly HostFile[];
  /** By process: the proxy variables that it was started with, names in upper case. */
  readonly processes: readonly RunningProxy[];
  /** apt's own answer, later files over earlier ones: `http` → URL, `http::HOST` → `DIRECT`. null: no apt. */
  readonly apt: Readonly<Record<string, string>> | null;
  readonly aptFile: HostFile;
  readonly dnfConf: HostFile;
  readonly sysconfig: HostFile;
}

export interface RunningProxy {
  readonly pid: number;
  readonly variables: Readonly<Record<string, string>>;
}

export const proxyUnits = ['containerd.service', 'crio.service', 'docker.service'] as const;
export const proxyVariables = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'] as const;
/** After everything that sorts by digits and letters; /etc/apt/apt.conf alone is read later. */
export const aptProxyPath = '/etc/apt/apt.conf.d/zz-nodeprep-proxy';

export const dnfConfPath = '/etc/dnf/dnf.conf';
/** SUSE's, which libzypp reads. */
export const sysconfigPath = '/etc/sysconfig/proxy';

/** Dear: apt is asked, and every process is looked at. */
export const proxies: Fact<Proxies> = {
  dear: true,
  items: {
    files: {
      kind: 'files',
      paths: [
        ...proxyUnits.map(unit => `/etc/systemd/system/${unit}.d/*.conf`),
        ...[aptProxyPath, dnfConfPath, sysconfigPath],
      ],
      stat: true,
    },
    running: {
      kind: 'sh',
      script: `for c in $(grep -slxE 'containerd|crio|dockerd' /proc/[0-9]*/comm); do
p=\${c%/comm}
printf 'process %s\\n' "\${p#/proc/}"
tr '\\000' '\\n' <"$p/environ" | grep -iE '^(http|https|no)_proxy='
done
return 0`,
    },
    apt: {
      kind: 'sh',
      script: `command -v apt-config >/dev/null || return 127
limit apt-config dump | grep -i '^Acquire::https\\{0,1\\}::Proxy'
return 0`,
    },
  },
  parse(answers, context) {
    const files = decodeFiles(answers.files);
    refuseUnreadable(files, context);
    return known({
      dropIns: [...files.values()]
        .filter(({ path }) => path.startsWith('/etc/systemd/'))
        .map(read => hostFile(read.path, read)),
      processes: parseProcesses(answerText(answers.running)),
      apt: answers.apt?.exitCode === 127 ? null : parseApt(answerText(answers.apt)),
      aptFile: hostFile(aptProxyPath, files.get(aptProxyPath)),
      dnfConf: hostFile(dnfConfPath, files.get(dnfConfPath)),
      sysconfig: hostFile(sysconfigPath, files.get(sysconfigPath)),
    });
  },
};

const parseProcesses = (text: string): readonly RunningProxy[] =>
  text.split(/^process /m).flatMap(block => {
    const [pid = '', ...lines] = linesOf(block);
    if (!/^\d+$/.test(pid)) return [];
    // Go takes the name in capitals first.
    const ordered = lines.toSorted((left, right) => (left < right ? 1 : -1));
    const variables = ordered.flatMap(line => {
      const [, name = '', value = ''] = /^([^=]+)=(.*)$/.exec(line) ?? [];
      return value === '' ? [] : [[name.toUpperCase(), value] as const];
    });
    return [{ pid: Number(pid), variables: Object.fromEntries(variables) }];
  });

/** `Acquire::http::Proxy::HOST "DIRECT";` */
const parseApt = (text: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    linesOf(text).flatMap(line => {
      const [, scheme, host = '', value] = /^Acquire::(https?)::Proxy(::\S+)? "(.*)";$/i.exec(line) ?? [];
      return scheme === undefined || value === undefined || value === ''
        ? []
        : [[`${scheme.toLowerCase()}${host}`, value]];
    }),
  );

/** What the files of a unit say of proxies, in the order in which systemd reads them. */
export const proxyAssignments = ({ path, text }: HostFile): readonly Assignment[] =>
  unitAssignments(path, text ?? '', 'Service')
    .filter(({ key }) => key === 'Environment')
    .flatMap(({ value, line }) =>
      splitWords(value).flatMap(word => {
        const [, key, assigned = ''] = /^([A-Za-z_]\w*)=(.*)$/s.exec(word) ?? [];
        // systemd writes a percent sign as two.
        return key === undefined ? [] : [{ key, value: assigned.replaceAll('%%', '%'), path, line }];
      }),
    )
    .filter(({ key }) => proxyVariables.some(name => name === key));
