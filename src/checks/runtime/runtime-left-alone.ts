import { profileOf } from '../../core/runtimes/index.ts';
import { restartOf } from '../../facts/needrestart.ts';
import { defineCheck } from '../check.ts';

export const runtimeLeftAlone = defineCheck({
  id: 'runtime-left-alone',
  title: 'needrestart does not restart the runtime after an upgrade of libraries',
  severity: 'warning',
  source: 'https://github.com/liske/needrestart#readme',
  needs: ['needrestart', 'packages'],
  fixable: true,
  evaluate({ needrestart, packages }, { runtime }) {
    if (packages.installed.needrestart === undefined)
      return { status: 'skip', reason: 'there is no needrestart on this host' };
    const services = profileOf(runtime.name).services;
    const restarted = services.filter(service => restartOf(needrestart, service) !== 'spared');
    if (restarted.length === 0) {
      const how = needrestart.mode === 'l' ? 'it lists, and restarts nothing' : 'it lists them, and leaves them alone';
      return { status: 'pass', observed: `${services.join(', ')}: ${how}` };
    }
    const told = restarted.filter(service => restartOf(needrestart, service) === 'told');
    const line = (service: string): string => `$nrconf{override_rc}{qr(^${service.replaceAll('.', '\\.')}$)} = 0;`;
    return {
      status: 'fail',
      message: `needrestart restarts ${restarted.join(', ')} when an upgrade replaces a library, with whatever runs on the node`,
      observed:
        told.length > 0 ? `$nrconf{override_rc} asks for it: ${told.join(', ')}` : 'no $nrconf{override_rc} says no',
      expected: restarted.map(line).join(' '),
      remedy: remedyFor(told, needrestart.readsDropIns),
      fixedByApply: told.length === 0 && needrestart.readsDropIns,
    };
  },
});

const remedyFor = (told: readonly string[], readsDropIns: boolean): string => {
  if (told.length > 0)
    return `take ${told.join(', ')} out of $nrconf{override_rc} below /etc/needrestart, or waive this`;
  if (readsDropIns) return 'nodeprep apply writes that below /etc/needrestart/conf.d';
  return 'write that at the end of /etc/needrestart/needrestart.conf, which does not read /etc/needrestart/conf.d';
};
