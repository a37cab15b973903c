import { describe, expect, it } from 'vitest';
import { known, unknown } from '../../src/core/observed.ts';
import { criToRuntime } from '../../src/cri/runtime-answer.ts';
import type { Containerd } from '../../src/facts/containerd.ts';
import type { CriAnswer } from '../../src/facts/cri.ts';
import type { HostFile } from '../../src/facts/fact.ts';
import type { Service } from '../../src/facts/services.ts';
import { desiredNode } from '../desired.ts';

// Synthetic hosts: the texts are shortened answers of containerd 1.7.24 and 2.1.9.
const socket = '/run/containerd/containerd.sock';
const statusConfig = (systemd: boolean) => ({
  sandboxImage: 'registry.k8s.io/pause:3.8',
  containerd: {
    defaultRuntimeName: 'runc',
    runtimes: { runc: { runtimeType: 'io.containerd.runc.v2', options: { SystemdCgroup: systemd } } },
  },
});
const answer = (over: object = {}): Extract<CriAnswer, { answered: true }> => ({
  answered: true,
  runtimeName: 'containerd',
  runtimeVersion: '1.7.24',
  conditions: [],
  config: statusConfig(true),
  cgroupDriver: null,
  handlers: [],
  sandboxes: 0,
  ...over,
});
const config: HostFile = {
  path: '/etc/containerd/config.toml',
  type: 'file',
  mode: '0644',
  uid: 0,
  gid: 0,
  sizeBytes: 1,
  mtimeSeconds: 100,
  linkTarget: undefined,
  sha256: undefined,
  text: undefined,
};
const dump = `version = 3
[plugins.'io.containerd.cri.v1.images'.pinned_images]
sandbox = 'registry.k8s.io/pause:3.10.1'
[plugins.'io.containerd.cri.v1.runtime'.containerd]
default_runtime_name = 'runc'
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
runtime_type = 'io.containerd.runc.v2'
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
SystemdCgroup = true
`;
const containerd: Containerd = {
  binary: '/usr/bin/containerd',
  version: '2.1.9',
  config,
  imports: [],
  dump,
  dumpError: undefined,
  socket: true,
  replacedPids: [],
  cniBinDirs: [],
};
const service: Service = {
  loadState: 'loaded',
  activeState: 'active',
  subState: 'running',
  unitFileState: 'enabled',
  startedAtSeconds: 200,
  mainPid: 1,
  fragmentPath: '',
  needDaemonReload: false,
  restarts: 0,
};
const ask = (given: Extract<CriAnswer, { answered: true }>, startedAtSeconds = 200, sandbox: 'auto' | 'off' = 'auto') =>
  criToRuntime(
    given,
    socket,
    {
      containerd: known(containerd),
      crio: unknown('not asked'),
      docker: unknown('not asked'),
      cri: known({ [socket]: given }),
      services: known({ 'containerd.service': { ...service, startedAtSeconds } }),
    },
    desiredNode({ verify: { sandbox } }),
  );

describe('criToRuntime', () => {
  it('takes what containerd 1.x shows in Status', () => {
    expect(ask(answer())).toEqual({
      name: 'containerd',
      version: '1.7.24',
      endpoint: 'unix:///run/containerd/containerd.sock',
      cgroupDriver: 'systemd',
      cgroupDriverFrom: 'Status',
      sandboxImage: 'registry.k8s.io/pause:3.8',
      sandbox: 'skipped',
    });
    expect(ask(answer({ config: statusConfig(false) })).cgroupDriver).toBe('cgroupfs');
  });

  it('takes RuntimeConfig where there is one, and the sandbox image from the files that 2.x has read', () => {
    const given = answer({ cgroupDriver: 'cgroupfs', config: { containerd: statusConfig(true).containerd } });
    expect(ask(given)).toMatchObject({
      cgroupDriver: 'cgroupfs',
      cgroupDriverFrom: 'RuntimeConfig',
      sandboxImage: 'registry.k8s.io/pause:3.10.1',
    });
  });

  it('falls back to the files for the driver when Status says nothing', () => {
    expect(ask(answer({ config: undefined }))).toMatchObject({ cgroupDriver: 'systemd', cgroupDriverFrom: 'config' });
  });

  it('does not believe files that are newer than the daemon', () => {
    expect(ask(answer({ config: undefined }), 50)).toMatchObject({
      cgroupDriver: 'unknown',
      cgroupDriverFrom: 'config',
      sandboxImage: 'unknown',
    });
  });

  it('says unknown where the facts are', () => {
    const facts = {
      containerd: unknown('needs root'),
      crio: unknown('needs root'),
      docker: unknown('needs root'),
      cri: unknown('needs root'),
      services: unknown('needs root'),
    };
    const told = criToRuntime(answer(), socket, facts, desiredNode({ verify: { sandbox: 'off' } }));
    expect(told).toMatchObject({ cgroupDriver: 'unknown', sandboxImage: 'unknown', sandbox: 'off' });
  });
});
