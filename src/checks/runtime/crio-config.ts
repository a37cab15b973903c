import { type CrioFile, crioFiles, mergedCrioFiles } from '../../core/crio-config.ts';
import { type MonitorMisfit, monitorKey, monitorMisfits } from '../../core/crio-monitor.ts';
import { at } from '../../core/tree.ts';
import type { Crio } from '../../facts/crio.ts';
import { defineCheck, type Verdict } from '../check.ts';
import { noCriO } from '../support/one-runtime.ts';

const willNotComeBack = 'it will not come back from its next restart';

export const crioConfig = defineCheck({
  id: 'crio-config',
  title: 'CRI-O accepts its configuration',
  severity: 'error',
  source: 'https://github.com/cri-o/cri-o/blob/main/docs/crio.conf.5.md',
  needs: ['crio'],
  fixable: true,
  evaluate({ crio }, desired) {
    const absent = noCriO(crio, desired);
    if (absent !== undefined) return absent;
    if (crio.configError === undefined) return misfit(crio) ?? { status: 'pass', observed: '`crio config` succeeds' };
    return {
      status: 'fail',
      message: `CRI-O refuses its configuration: ${willNotComeBack}`,
      observed: crio.configError,
      expected: '`crio config` succeeds',
      remedy:
        'repair /etc/crio/crio.conf or the file below /etc/crio/crio.conf.d that it names; every file there counts',
      fixedByApply: false,
    };
  },
});

/** `crio config` does not look at it, the daemon does. */
const misfit = ({ config, dropIns, version }: Crio): Verdict | undefined => {
  const files = crioFiles([config, ...dropIns]);
  const merged = mergedCrioFiles(files);
  const driver = at(merged, ['crio', 'runtime', 'cgroup_manager']) === 'cgroupfs' ? 'cgroupfs' : 'systemd';
  const [first] = monitorMisfits({ merged, driver, version });
  if (first === undefined) return undefined;
  const { handler } = first;
  const where = handler === undefined ? 'conmon' : `conmon of the handler ${handler}`;
  return {
    status: 'fail',
    message: `CRI-O refuses its configuration, ${willNotComeBack}: the cgroup of ${where} does not fit cgroup_manager = ${driver}`,
    observed: placeOf(files, first),
    expected: driver === 'systemd' ? 'pod, a slice, or empty' : 'pod, or empty',
    remedy: 'nodeprep apply sets it to what goes with the cgroup driver of the inventory',
    fixedByApply: true,
  };
};

/** `monitor_cgroup = "x" in /etc/crio/crio.conf.d/50.conf:4` */
const placeOf = (files: readonly CrioFile[], { handler, found }: MonitorMisfit): string => {
  const key = handler === undefined ? 'conmon_cgroup' : monitorKey;
  const path = ['crio', 'runtime', ...(handler === undefined ? [] : ['runtimes', handler]), key];
  const file = files.findLast(({ value }) => at(value, path) !== undefined);
  const lines = (file?.text ?? '').split('\n');
  const line = lines.findLastIndex(text => text.includes(key) && text.includes(found) && !text.trim().startsWith('#'));
  return `${key} = "${found}" in ${file?.path ?? '/etc/crio'}${line < 0 ? '' : `:${line + 1}`}`;
};
