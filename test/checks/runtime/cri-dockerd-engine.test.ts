import { criDockerdEngine } from '../../../src/checks/runtime/cri-dockerd-engine.ts';
import { testCheck } from '../../check-tester.ts';
import { daemonJson, recordedDocker } from '../../docker-host.ts';
import { absentDocker } from './facts.ts';

const desired = { runtime: { name: 'docker' } } as const;
const versions = (
  engineVersion: string | undefined,
  criDockerdVersion: string | undefined,
  docker = recordedDocker,
) => ({
  docker: { ...docker, engineVersion, criDockerdVersion },
});

testCheck(criDockerdEngine, {
  pass: [
    {
      name: 'as recorded',
      facts: { docker: recordedDocker },
      desired,
      observed: 'Docker Engine 26.1.5 (API 1.45), cri-dockerd 0.4.0',
    },
    {
      name: 'an engine that was told to take older clients',
      facts: versions('29.1.0', '0.3.14', daemonJson('{"min-api-version": "1.40"}')),
      desired,
    },
  ],
  fail: [
    {
      name: 'an engine that is too old',
      facts: versions('20.10.24', '0.4.0'),
      desired,
      message: /needs API 1\.42, this engine speaks 1\.41/,
      remedy: /23\.0 or newer/,
    },
    { name: 'one that wants newer clients', facts: versions('29.1.0', '0.3.14'), desired, message: /below API 1\.44/ },
  ],
  skip: [
    { name: 'no engine', facts: { docker: absentDocker }, desired, reason: /not installed/ },
    {
      name: 'no cri-dockerd',
      facts: { docker: { ...recordedDocker, criDockerd: '' } },
      desired,
      reason: /cri-dockerd/,
    },
    { name: 'another runtime', facts: { docker: recordedDocker }, reason: /asks for containerd/ },
  ],
  unknown: [
    { name: 'dockerd does not tell', facts: versions(undefined, '0.4.0'), desired, reason: /`dockerd --version`/ },
    { name: 'cri-dockerd does not', facts: versions('26.1.5', undefined), desired, reason: /`cri-dockerd --version`/ },
  ],
});
