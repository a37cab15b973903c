import { known } from '../core/observed.ts';
import type { Fact } from './fact.ts';
import { decodeFiles } from './files.ts';
import { keyValues, requireFile, wholeNumber } from './read.ts';

export interface InitSystem {
  readonly systemd: boolean;
  readonly version: number | null;
  readonly bootId: string;
  /** Seconds since the epoch. */
  readonly bootedAtSeconds: number;
}

/** The version stands in the name of systemd's private library, which saves a process; only where it does not, systemctl is asked. */
export const initSystem: Fact<InitSystem> = {
  items: {
    files: { kind: 'files', paths: ['/proc/sys/kernel/random/boot_id', '/proc/uptime'] },
    systemd: {
      kind: 'sh',
      timeoutSeconds: 5,
      script: `date '+epoch %s'
[ -d /run/systemd/system ] || return 0
echo systemd yes
v=
for f in /usr/lib/systemd/libsystemd-shared-*.so /lib/systemd/libsystemd-shared-*.so /usr/lib/*/systemd/libsystemd-shared-*.so /usr/lib64/systemd/libsystemd-shared-*.so; do
[ -e "$f" ] && v=\${f##*-shared-} && v=\${v%.so}
done
[ -n "$v" ] || v=$(limit systemctl --version) && v=\${v#systemd }
echo "version \${v%% *}"`,
    },
  },
  parse(answers, context) {
    const files = decodeFiles(answers.files);
    const said = keyValues(answers.systemd);
    const uptime = Number.parseFloat(requireFile(files, '/proc/uptime', context));
    const version = Number.parseInt(said.get('version') ?? '', 10);
    return known({
      systemd: said.get('systemd') === 'yes',
      version: Number.isNaN(version) ? null : version,
      bootId: requireFile(files, '/proc/sys/kernel/random/boot_id', context).trim(),
      bootedAtSeconds: Math.round(wholeNumber(said.get('epoch'), 'date +%s') - uptime),
    });
  },
};
