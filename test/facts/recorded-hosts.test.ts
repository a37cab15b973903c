import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { checks } from '../../src/checks/index.ts';
import { judgeHost } from '../../src/checks/judge.ts';
import { openRecorded, parseRecording } from '../../src/connect/recorded.ts';
import type { Recording } from '../../src/connect/recording.ts';
import { createRedactor } from '../../src/core/redact.ts';
import { gather, prepareQuestion } from '../../src/facts/gather.ts';
import { answersFromRecording, maskedAnswers } from '../../src/facts/record.ts';
import { facts, type GatherableFactId } from '../../src/facts/registry.ts';
import { desiredNode } from '../desired.ts';

const hosts = new URL('../fixtures/hosts/', import.meta.url);
const recordingOf = (name: string): Recording => {
  const file = new URL(`${name}/recording.json`, hosts);
  return parseRecording(readFileSync(file), file.pathname);
};
const ids = Object.keys(facts) as GatherableFactId[];
const replay = async (recording: Recording) =>
  (await gather(openRecorded(recording), prepareQuestion(ids, 'not-sent-to-a-recording'), { now: () => 0 })).facts;

/** What each host cannot tell, and why. */
const unknowns: Readonly<Record<string, Readonly<Record<string, RegExp>>>> = {
  'no-systemd': { services: /systemd is not the init system/ },
};

const expected: Readonly<Record<string, object>> = {
  'bookworm-bare': { osRelease: { value: { codename: 'bookworm' } }, containerd: { value: { binary: '' } } },
  'bookworm-containerd': { containerd: { value: { version: '1.6.20', socket: true, config: { type: 'file' } } } },
  'trixie-bare': {
    container: { value: { kind: 'systemd-nspawn', readOnlySysctls: true } },
    initSystem: { value: { version: 257 } },
  },
  'trixie-prepared': { runs: { value: { runs: [{ state: 'committed' }], lock: undefined } } },
  'trixie-cgroup-v1': { cgroups: { value: { version: 'v1' } } },
  'trixie-crio': {
    crio: {
      value: {
        version: '1.36.1',
        configError: undefined,
        inForce: { cgroupManager: 'systemd', pauseImage: 'registry.k8s.io/pause:3.9', pluginDirs: ['/opt/cni/bin/'] },
        dropIns: ['10-crio.conf', '50-site.conf', '60-pause'].map(name => ({ path: `/etc/crio/crio.conf.d/${name}` })),
        policies: [{ type: 'file' }, { type: 'absent' }],
      },
    },
  },
  'trixie-docker': {
    docker: {
      value: {
        engineVersion: '26.1.5',
        criDockerdVersion: '0.4.0',
        config: { text: '{\n    "exec-opts": ["native.cgroupdriver=systemd"]\n}\n' },
        engineArgv: ['/usr/sbin/dockerd', '-H', 'fd://', '--containerd=/run/containerd/containerd.sock'],
        replaced: [],
        containers: [
          { name: 'compose-db', kubernetes: null, running: true },
          { name: 'k8s_POD_one_default_u1_0', kubernetes: 'sandbox', running: true },
          { name: 'old', kubernetes: null, running: false },
        ],
      },
    },
  },
  'trixie-no-root': { access: { value: { user: 'pw', root: false } } },
  'trixie-secrets': {
    containerd: {
      value: {
        version: '1.7.24',
        imports: [
          { path: '/etc/containerd/conf.d/10-a.toml' },
          { path: '/etc/containerd/conf.d/20-no-newline.toml', text: 'version = 2', sizeBytes: 11 },
          { path: '/etc/containerd/extra.toml' },
        ],
      },
    },
  },
  'sid-bare': { osRelease: { value: { id: 'debian' } }, cgroups: { value: { version: 'v2' } } },
  'sid-containerd': { containerd: { value: { version: '2.1.9', cniBinDirs: ['/usr/lib/cni'] } } },
  'no-systemd': { initSystem: { value: { systemd: false } }, cgroups: { value: { version: 'hybrid' } } },
};

describe('recorded hosts', () => {
  test('every recording is named in this test', () => {
    expect(readdirSync(hosts).toSorted()).toEqual(Object.keys(expected).toSorted());
  });

  test.each(Object.keys(expected))('%s', async name => {
    const recording = recordingOf(name);
    const seen = await replay(recording);
    // A recording of a version that did not ask for a fact cannot tell it.
    const items = Object.keys(recording.items);
    const asked = ids.filter(id => items.some(item => item.startsWith(`${id}.`)));
    const unknown = asked.filter(id => !seen[id].known);
    expect(unknown).toEqual(Object.keys(unknowns[name] ?? {}));
    for (const [id, reason] of Object.entries(unknowns[name] ?? {})) {
      expect(seen[id as GatherableFactId]).toMatchObject({ reason: expect.stringMatching(reason) });
    }
    expect(seen).toMatchObject(expected[name] ?? {});
    expect(readFileSync(new URL(`${name}/origin.md`, hosts), 'utf8')).toContain('Recorded 2026-');
  });
});

describe('recording a host with secrets', () => {
  const redact = createRedactor('key of this run');
  const findingsOf = async (recording: Recording) =>
    redact.value(judgeHost(checks, await replay(recording), desiredNode({ host: recording.host }), '2026-11-21'));

  /** The host as it was: the recording has the masks, so they are taken back. */
  const live = (() => {
    const recording = recordingOf('trixie-secrets');
    const items = Object.entries(recording.items).map(([id, item]) => {
      const text = Buffer.from(item.base64, 'base64')
        .toString('utf8')
        .replaceAll(/masked-[0-9a-f]{16}/g, 'hunter2');
      return [id, { ...item, base64: Buffer.from(text).toString('base64') }] as const;
    });
    return { ...recording, items: Object.fromEntries(items) };
  })();
  const recorded: Recording = { ...live, items: maskedAnswers(answersFromRecording(live.items), redact) };
  const decoded = (recording: Recording): string =>
    Object.values(recording.items)
      .map(({ base64 }) => Buffer.from(base64, 'base64').toString('utf8'))
      .join('\n');

  test('holds no secret, and what was equal is equal', () => {
    expect(decoded(live).match(/hunter2/g)?.length).toBeGreaterThan(1);
    expect(decoded(recorded)).not.toContain('hunter2');
    expect(new Set(decoded(recorded).match(/masked-[0-9a-f]{16}/g)).size).toBe(1);
  });

  test('replays to the same findings', async () => {
    expect(await findingsOf(recorded)).toEqual(await findingsOf(live));
  });

  test('the hash of a masked file is a keyed one, others stay', async () => {
    const [before, after] = [await replay(live), await replay(recorded)];
    if (!before.containerd.known || !after.containerd.known) throw new Error('containerd is unknown');
    expect(after.containerd.value.config.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(after.containerd.value.config.sha256).not.toBe(before.containerd.value.config.sha256);
    expect(after.containerd.value.imports).toEqual(before.containerd.value.imports);
  });

  test('recording a recording changes nothing', () => {
    const again = maskedAnswers(answersFromRecording(recorded.items), createRedactor('another key'));
    expect(again).toEqual(recorded.items);
  });
});
