import { defineCheck } from '../check.ts';

export const unitFilesLoaded = defineCheck({
  id: 'unit-files-loaded',
  title: 'systemd has read the unit files',
  severity: 'info',
  source: 'https://www.freedesktop.org/software/systemd/man/latest/systemctl.html#daemon-reload',
  needs: ['services'],
  evaluate({ services }) {
    const changed = Object.entries(services).flatMap(([name, { needDaemonReload }]) =>
      needDaemonReload ? [name] : [],
    );
    if (changed.length === 0) return { status: 'pass', observed: 'no unit file changed since systemd read it' };
    return {
      status: 'fail',
      message: `unit files changed after systemd read them: ${changed.join(', ')}`,
      observed: changed.join(', '),
      expected: 'systemd knows the files on disk',
      remedy: 'systemctl daemon-reload',
      fixedByApply: false,
    };
  },
});
