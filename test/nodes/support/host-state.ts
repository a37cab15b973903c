import { setTimeout as sleep } from 'node:timers/promises';
import type { LabNode } from '../../lab/index.ts';

/** Everything that a run may change on a host, in sections, so that a difference names its kind. */
export type HostState = Readonly<Record<keyof typeof sections, string>>;

const sections = {
  // ld.so.cache is made anew by every package transaction.
  files: `find /etc -xdev ! -path /etc/ld.so.cache -printf '%p %y %m %U %G %l\\n' | sort`,
  content: `find /etc -xdev -type f ! -path /etc/ld.so.cache -exec sha256sum {} + | sort -k 2`,
  // A removed package leaves the memory of its conffiles (state config-files): apt knows no other way back.
  packages: `if [ -e /var/lib/dpkg/status ]; then dpkg-query -W -f '\${Package} \${Version} \${db:Status-Abbrev}\\n' | grep -v ' rc *$'
    else rpm -qa --qf '%{NAME} %{EVR}\\n' | sort; fi`,
  holds: 'apt-mark showhold | sort',
  autoMarks: 'apt-mark showauto | sort',
  units: `systemctl list-unit-files --no-legend --no-pager | tr -s ' ' | sort`,
  active: `systemctl list-units --type=service,socket,mount,timer --state=active,failed --no-legend --plain --no-pager |
    awk '{ print $1, $3, $4 }' | sort`,
  enablement: 'find /var/lib/systemd/deb-systemd-helper-* -printf "%p %l\\n" 2>/dev/null | sort',
  sysctls: `sysctl -a 2>/dev/null | grep '^net\\.' | grep -v 'conntrack_count\\|\\.neigh\\.' | sort`,
} as const;

const mark = '=== section ===';

export const hostState = async (node: LabNode): Promise<HostState> => {
  const names = Object.keys(sections) as (keyof typeof sections)[];
  const script = names.map(name => `${sections[name]}; echo '${mark}'`).join('\n');
  const parts = (await node.sh(`export LC_ALL=C.UTF-8\n${script}`)).split(`${mark}`);
  return Object.fromEntries(names.map((name, i) => [name, parts[i]?.trim()])) as HostState;
};

/** Lines that came and went between two states, each with its section. */
export const stateChanges = (before: HostState, after: HostState): readonly string[] =>
  Object.entries(before).flatMap(([section, text]) => {
    const [was, is] = [text.split('\n'), after[section as keyof HostState].split('\n')];
    return [
      ...was.filter(line => !is.includes(line)).map(line => `${section}: - ${line}`),
      ...is.filter(line => !was.includes(line)).map(line => `${section}: + ${line}`),
    ];
  });

/** Paths whose content, owner or mode has been touched since `mark()`, apart from what any login leaves. */
export const touchedSince = (node: LabNode) => {
  const mark = () => node.sh('rm -f /root/.mark; sleep 0.05; touch /root/.mark; sleep 0.05');
  const list = async (): Promise<readonly string[]> => {
    const found = await node.sh('find / /run /tmp /dev/shm /var/lib/containerd -xdev -cnewer /root/.mark | sort -u');
    return found.split('\n').filter(path => path !== '' && !loginTraces.test(path));
  };
  return {
    /** Waits until the node touches nothing by itself for a while: what is seen afterwards is the doing of whoever is watched. */
    mark: async (): Promise<void> => {
      await node.sh('systemctl is-system-running --wait || true');
      for (let attempt = 0; attempt < 15; attempt += 1) {
        await mark();
        await sleep(idleMs);
        if ((await list()).length === 0) return;
      }
      throw new Error(`${node.name} does not come to rest, it goes on touching ${(await list()).join(', ')}`);
    },
    list,
  };
};

/**
 * By systemd's own account a boot is over before everything has settled: console-getty touches /run/agetty.reload a second
 * after that, seen on trixie. As long as what is watched afterwards takes.
 */
const idleMs = 3_000;

const loginTraces = /^\/(var\/log\/|run$|run\/(motd\.dynamic|utmp|sudo|systemd|log)($|\/))/;

/** When systemd last started the unit: any restart changes it. */
export const startedAt = (node: LabNode, unit: string): Promise<string> =>
  node.sh(`systemctl show -P ActiveEnterTimestampMonotonic ${unit}`);
