import { criDockerdFlags } from '../../../src/checks/runtime/cri-dockerd-flags.ts';
import { testCheck } from '../../check-tester.ts';
import { recordedDocker, withUnitFile } from '../../docker-host.ts';
import { absentDocker } from './facts.ts';

const desired = { runtime: { name: 'docker' } } as const;
const path = '/etc/systemd/system/cri-docker.service.d/50-site.conf';
const ownDropIn = '/etc/systemd/system/cri-docker.service.d/90-nodeprep.conf';
const without = {
  ...recordedDocker,
  unitFiles: recordedDocker.unitFiles.filter(other => other.path !== ownDropIn),
};
const started = (flags: string) => ({
  docker: withUnitFile(
    path,
    `[Service]\nExecStart=\nExecStart=/usr/bin/cri-dockerd --container-runtime-endpoint fd:// ${flags}\n`,
    without,
  ),
});

testCheck(criDockerdFlags, {
  pass: [
    { name: 'as recorded', facts: { docker: recordedDocker }, desired },
    { name: 'nothing said: the defaults', facts: started(''), desired },
    {
      name: 'the defaults, said outright',
      facts: started('--network-plugin=cni --cni-conf-dir /etc/cni/net.d/'),
      desired,
    },
  ],
  fail: [
    {
      name: 'another network plugin',
      facts: started('--network-plugin=kubenet'),
      desired,
      message: /kubenet/,
      observed: `--network-plugin=kubenet in ${path}:3`,
      expected: /--network-plugin=cni/,
      fixedByApply: true,
    },
    {
      name: 'none at all',
      facts: started('--network-plugin='),
      desired,
      message: /no CNI/,
      observed: `--network-plugin= in ${path}:3`,
      fixedByApply: true,
    },
    {
      name: 'another sandbox image',
      facts: started('--pod-infra-container-image=example.com/pause:1'),
      desired,
      observed: `--pod-infra-container-image=example.com/pause:1 in ${path}:3`,
      expected: /--pod-infra-container-image=registry\.k8s\.io\/pause:3\.10\.1/,
      fixedByApply: true,
    },
    {
      name: 'CNI configuration where networks do not put it',
      facts: started('--cni-conf-dir=/opt/net.d'),
      desired,
      severity: 'warning',
      message: /\/opt\/net\.d/,
      observed: `--cni-conf-dir=/opt/net.d in ${path}:3`,
      expected: /--cni-conf-dir=\/etc\/cni\/net\.d/,
      remedy: /remove --cni-conf-dir there/,
      fixedByApply: false,
    },
    {
      name: 'two at once, one of which is not for apply',
      facts: started('--cni-conf-dir=/opt/net.d --network-plugin=kubenet'),
      desired,
      observed: `--network-plugin=kubenet in ${path}:3, --cni-conf-dir=/opt/net.d in ${path}:3`,
      fixedByApply: false,
    },
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
    {
      name: 'a wrapper',
      facts: { docker: withUnitFile(path, '[Service]\nExecStart=\nExecStart=/opt/wrapper\n', without) },
      desired,
      reason: /does not plainly start cri-dockerd/,
    },
  ],
});
