import { dockerDaemonJson } from '../../../src/checks/runtime/docker-daemon-json.ts';
import { testCheck } from '../../check-tester.ts';
import { daemonJson, recordedDocker, withUnitFile } from '../../docker-host.ts';
import { absentDocker } from './facts.ts';

const desired = { runtime: { name: 'docker' } } as const;

testCheck(dockerDaemonJson, {
  pass: [
    { name: 'as recorded', facts: { docker: recordedDocker }, desired, observed: 'exec-opts' },
    { name: 'none', facts: { docker: daemonJson(undefined) }, desired, observed: /sets nothing/ },
    { name: 'an empty one', facts: { docker: daemonJson('\n') }, desired, observed: /sets nothing/ },
  ],
  fail: [
    {
      name: 'not JSON',
      facts: { docker: daemonJson('{\n  "debug": true,\n}\n') },
      desired,
      observed: /daemon\.json:3:1: a key in double quotes/,
      remedy: /dockerd --validate/,
      fixedByApply: false,
    },
    {
      name: 'the unit says it too',
      facts: { docker: daemonJson('{"hosts": ["tcp://127.0.0.1:2375"]}') },
      desired,
      observed:
        /^"hosts" in \/etc\/docker\/daemon\.json, and --host in \/usr\/lib\/systemd\/system\/docker\.service:\d+$/,
    },
    {
      name: 'its environment file says it too',
      facts: { docker: withUnitFile('/etc/default/docker', 'DOCKER_OPTS="-D"\n', daemonJson('{"debug": true}')) },
      desired,
      observed: /--debug in \/etc\/default\/docker:1/,
    },
  ],
  skip: [
    { name: 'no engine', facts: { docker: absentDocker }, desired, reason: /not installed/ },
    { name: 'another runtime', facts: { docker: recordedDocker }, reason: /asks for containerd/ },
  ],
});
