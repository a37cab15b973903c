import { containerLabels } from '../../../src/checks/runtime/container-labels.ts';
import { aCrio } from '../../crio.ts';
import { daemonJson, recordedCri, recordedServices } from '../../docker-host.ts';
import { aFile } from '../../host-file.ts';
import {
  containerdFact,
  recordedCri as criOf,
  crioRuns,
  daemonStart,
  recorded,
  recordedDump,
  stopped,
  testRuntimeCheck,
} from './facts.ts';

const enforcing = { selinux: { mode: 'enforcing' } } as const;
const asked = { runtime: { selinux: true } } as const;

const containerd = (name: string, isOn = false) => {
  const facts = recorded(name);
  const answer = criOf(name);
  if (!answer.answered) throw new Error('recorded without an answer');
  const config = { ...(answer.config as object), enableSelinux: isOn };
  return { ...facts, ...enforcing, cri: { '/run/containerd/containerd.sock': { ...answer, config } } };
};
/** It does not answer, and has read these files. */
const silent = (isOn: boolean) => ({
  ...recorded('trixie'),
  ...enforcing,
  cri: {},
  containerd: containerdFact({
    dump: recordedDump('trixie').replace('enable_selinux = false', `enable_selinux = ${isOn}`),
  }),
});
const crio = (selinux?: boolean) => {
  const { inForce } = aCrio();
  if (inForce === undefined) throw new Error('synthetic CRI-O tells what is in force');
  const told = { ...inForce, ...(selinux === undefined ? {} : { selinux }) };
  return { ...crioRuns('systemd'), ...enforcing, crio: aCrio({}, { inForce: told }) };
};
const docker = (text: string | undefined, words: readonly string[] = [], mtimeSeconds?: number) => {
  const facts = daemonJson(text, mtimeSeconds);
  return {
    ...enforcing,
    docker: { ...facts, engineArgv: [...facts.engineArgv, ...words] },
    services: recordedServices,
    cri: recordedCri,
  };
};
const byCrio = { runtime: { name: 'cri-o' } } as const;
const byDocker = { runtime: { name: 'docker' } } as const;

testRuntimeCheck(containerLabels, {
  pass: [
    { name: 'containerd with enable_selinux', facts: containerd('trixie', true), observed: 'labels (CRI Status)' },
    { name: 'containerd 2 with enable_selinux', facts: containerd('sid', true), observed: 'labels (CRI Status)' },
    {
      name: 'by the files that the daemon has read',
      facts: silent(true),
      observed: 'labels (containerd config dump)',
    },
    { name: 'CRI-O as it is', facts: crio(true), desired: byCrio, observed: 'labels (crio status config)' },
    {
      name: 'daemon.json says so',
      facts: docker('{"selinux-enabled": true}'),
      desired: byDocker,
      observed: 'labels (dockerd configuration)',
    },
    { name: 'a flag of dockerd says so', facts: docker(undefined, ['--selinux-enabled']), desired: byDocker },
  ],
  fail: [
    {
      name: 'containerd as packaged',
      facts: containerd('trixie'),
      message:
        'SELinux is enforcing, and containerd gives containers no labels: one that breaks out is confined no further than containerd itself',
      observed: 'in force: no labels (CRI Status)',
      expected: 'labels, or runtime.selinux: false in the inventory',
      remedy: /^runtime\.selinux: true in the inventory, then nodeprep apply \(restarts containerd, and drains a node/,
      fixedByApply: false,
    },
    {
      name: 'a control plane of kubeadm, which labels would take down',
      facts: containerd('trixie'),
      desired: { role: 'control-plane' },
      remedy: /static pods a label first .* then runtime\.selinux: true in the inventory/,
      fixedByApply: false,
    },
    {
      name: 'containerd, and the inventory asks for labels',
      facts: containerd('sid'),
      desired: asked,
      expected: 'labels, as the inventory says',
      remedy: /^nodeprep apply \(restarts containerd/,
      fixedByApply: true,
    },
    { name: 'containerd that does not answer', facts: silent(false), observed: /containerd config dump/ },
    {
      name: 'CRI-O with selinux = false',
      facts: crio(false),
      desired: byCrio,
      message: /^SELinux is enforcing, and CRI-O gives containers no labels/,
    },
    { name: 'Docker without a daemon.json', facts: docker(undefined), desired: byDocker },
    {
      name: 'a flag of dockerd that turns them off',
      facts: docker(undefined, ['--selinux-enabled=false']),
      desired: byDocker,
    },
    { name: 'MCR, which is the same engine', facts: docker('{}'), desired: { runtime: { name: 'mirantis' } } },
  ],
  skip: [
    { name: 'no SELinux', facts: { ...containerd('trixie'), selinux: { mode: 'off' } }, reason: /without SELinux/ },
    {
      name: 'permissive',
      facts: { ...containerd('trixie'), selinux: { mode: 'permissive' } },
      reason: /permissive, and denies containers nothing/,
    },
    {
      name: 'the inventory wants none',
      facts: containerd('trixie'),
      desired: { runtime: { selinux: false } },
      reason: 'the inventory says runtime.selinux: false',
    },
    {
      name: 'a runtime that does not run',
      facts: { ...silent(false), services: stopped },
      reason: /needs a runtime/,
    },
  ],
  unknown: [
    {
      name: 'a file that is newer than the daemon, which does not answer',
      facts: {
        ...silent(false),
        containerd: containerdFact({ config: aFile('/etc/containerd/config.toml', '', daemonStart + 60) }),
      },
      reason: /is newer than the running containerd/,
    },
    { name: 'a CRI-O that does not tell', facts: crio(), desired: byCrio, reason: /does not tell/ },
    {
      name: 'a daemon.json that dockerd has not read',
      facts: docker('{"selinux-enabled": true}', [], 9_999_999_999),
      desired: byDocker,
      reason: /daemon\.json is newer than the running dockerd/,
    },
  ],
});
