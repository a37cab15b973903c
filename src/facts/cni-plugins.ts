import { known } from '../core/observed.ts';
import { at, text } from '../core/tree.ts';
import type { Fact } from './fact.ts';
import { answerText, linesOf } from './read.ts';

export interface CniPlugins {
  /** Directories with plugins → their names; those that packages and archives use, and those that runtimes are configured with. */
  readonly installed: Readonly<Record<string, readonly string[]>>;
  /** The network that runtimes take: the first file of /etc/cni/net.d; undefined = there is none yet. */
  readonly network: CniNetwork | undefined;
}

export interface CniNetwork {
  readonly path: string;
  /** Programs that it names; undefined: it is not JSON. */
  readonly plugins: readonly string[] | undefined;
}

/** Debian's and SUSE's packages use the second, those of Red Hat's family the third. */
const usual = ['/opt/cni/bin', '/usr/lib/cni', '/usr/libexec/cni'] as const;

const configured = [
  '/etc/containerd/*.toml',
  '/etc/containerd/conf.d/*.toml',
  '/etc/crio/crio.conf',
  '/etc/crio/crio.conf.d/*',
  '/etc/systemd/system/cri-docker.service.d/*.conf',
  '/usr/lib/systemd/system/cri-docker.service',
  '/etc/systemd/system/cri-docker.service',
] as const;

/** Network configurations may hold tokens: no value leaves the host but that of `type`. */
const typesOnly = `-e 's/"type"[[:space:]]*:[[:space:]]*"\\([^"]*\\)"/"type":<\\1>/g' -e 's/\\("[^"]*"[[:space:]]*:[[:space:]]*\\)"[^"]*"/\\1""/g' -e 's/"type":<\\([^>]*\\)>/"type":"\\1"/g'`;

/** https://www.cni.dev/docs/spec/: each plugin is a program of its own, found by name in the runtime's directories. */
export const cniPlugins: Fact<CniPlugins> = {
  items: {
    programs: {
      kind: 'sh',
      script: `more=$(sed -nE '/(bin_dirs?|plugin_dirs|cni-bin-dir)/s/^[^#]*(bin_dirs?|plugin_dirs|cni-bin-dir)[^/#]*(\\/[A-Za-z0-9._/-]+).*/\\2/p' ${configured.join(' ')} 2>/dev/null)
for d in $(printf '%s\\n' ${usual.join(' ')} $more | sed 's,\\(.\\)/*$,\\1,' | sort -u); do
[ -d "$d" ] || continue
for f in "$d"/*; do [ -f "$f" ] && [ -x "$f" ] && printf '%s %s\\n' "$d" "\${f##*/}"; done
done
return 0`,
    },
    network: {
      kind: 'sh',
      script: `for f in /etc/cni/net.d/*; do
case $f in *.conf|*.conflist|*.json) ;; *) continue;; esac
[ -f "$f" ] || continue
printf '%s\\n' "$f"
sed ${typesOnly} "$f"
return 0
done
return 0`,
    },
  },
  parse({ programs, network }) {
    const installed: Record<string, string[]> = {};
    for (const line of linesOf(answerText(programs))) {
      const [directory = '', name = ''] = line.split(' ');
      installed[directory] = [...(installed[directory] ?? []), name];
    }
    const [path = '', ...lines] = answerText(network).split('\n');
    return known({ installed, network: path === '' ? undefined : { path, plugins: pluginsIn(lines.join('\n')) } });
  },
};

const pluginsIn = (json: string): readonly string[] | undefined => {
  const root = parsed(json);
  if (root === undefined) return undefined;
  const list = at(root, ['plugins']);
  const plugins = (Array.isArray(list) ? list : [root]).flatMap(plugin =>
    [['type'], ['ipam', 'type'], ['delegate', 'type']].flatMap(place => text(at(plugin, place)) ?? []),
  );
  return [...new Set(plugins)].filter(name => name !== '');
};

const parsed = (json: string): unknown => {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
};
