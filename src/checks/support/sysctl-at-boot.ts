import type { Severity } from '../../core/result.ts';
import { ownSysctlPaths, type SysctlFiles, type SysctlSetting } from '../../facts/sysctl-files.ts';
import type { Verdict } from '../check.ts';

export interface BootRule {
  readonly key: string;
  /** Other names of the same kernel variable. */
  readonly aliases?: readonly string[];
  readonly wanted: string;
  /** What the kernel starts with when no file sets the key. */
  readonly kernelDefault: string;
  readonly live: string | null | undefined;
  /** What the key is about, for people: `IPv4 forwarding`. */
  readonly subject: string;
  readonly severity?: Severity;
}

/** The value that systemd-sysctl will set at the next boot, from the file that wins. */
export const judgeValueAtBoot = (files: SysctlFiles, rule: BootRule): Verdict => {
  const names = [rule.key, ...(rule.aliases ?? [])];
  const settings = files.settings.filter(setting => names.includes(setting.key));
  const winner = settings.at(-1);
  const value = winner?.value ?? rule.kernelDefault;
  const observed = `next boot: ${rule.key} = ${value}, ${origin(winner, settings)}`;
  if (value === rule.wanted) return { status: 'pass', observed };
  const loose = files.looseSysctlConf.filter(setting => names.includes(setting.key)).at(-1);
  return {
    status: 'fail',
    message:
      rule.live === rule.wanted
        ? `${rule.subject} is on now but off after the next boot`
        : `${rule.subject} is off after the next boot`,
    observed:
      loose === undefined
        ? observed
        : `${observed}; ${place(loose)} sets ${loose.value}, but the boot does not read that file`,
    expected: `next boot: ${rule.key} = ${rule.wanted}`,
    remedy: remedyFor(winner),
    fixedByApply: winner === undefined || canBeBeaten(winner.path),
    ...(rule.severity === undefined ? {} : { severity: rule.severity }),
  };
};

const place = ({ path, line }: SysctlSetting): string => `${path}:${line}`;

const origin = (winner: SysctlSetting | undefined, settings: readonly SysctlSetting[]): string => {
  if (winner === undefined) return 'the default of the kernel, since no file sets it';
  const beaten = settings.filter(setting => setting !== winner && setting.value !== winner.value).at(-1);
  return beaten === undefined ? `from ${place(winner)}` : `from ${place(winner)} (wins over ${place(beaten)})`;
};

const remedyFor = (winner: SysctlSetting | undefined): string => {
  if (winner === undefined) return 'nodeprep apply writes a file below /etc/sysctl.d';
  return canBeBeaten(winner.path)
    ? `nodeprep apply writes a file below /etc/sysctl.d that wins, or change ${place(winner)}`
    : `change ${place(winner)}, which applies after every file that nodeprep would write`;
};

/** Files of sysctl.d apply in the order of their names, whatever their directory; what is elsewhere (ufw) applies after them. */
const canBeBeaten = (path: string): boolean =>
  ownSysctlPaths.some(own => own === path || (path.includes('/sysctl.d/') && baseName(own) > baseName(path)));

const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
