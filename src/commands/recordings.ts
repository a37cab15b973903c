import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { openRecorded, parseRecording } from '../connect/recorded.ts';
import type { Recording } from '../connect/recording.ts';
import type { DesiredNode } from '../core/desired.ts';
import { NodeprepError } from '../core/errors.ts';
import type { Redactor } from '../core/redact.ts';
import { maskedAnswers } from '../facts/record.ts';
import type { InventoryHost } from '../inventory/inventory.ts';
import { limitHosts } from '../inventory/limit.ts';
import { resolveHosts } from '../inventory/resolve.ts';
import type { Observation } from './observe.ts';
import type { Targets } from './targets.ts';

/** Writes what a host said as `DIR/HOST.json`, secrets masked, readable by its owner only. */
export const saveRecording = (
  directory: string,
  host: InventoryHost,
  observation: Observation,
  redact: Redactor,
): void => {
  const { access, answers, sentAt, receivedAt, facts } = observation;
  const recording: Recording = {
    schemaVersion: 1,
    host: host.name,
    address: host.address,
    access,
    desired: host.desired,
    sentAt,
    receivedAt,
    items: maskedAnswers(answers, redact),
    cri: facts.cri.known ? redact.value(facts.cri.value) : {},
  };
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  // A host name may hold a slash only by mistake; encoded it stays inside the directory.
  const file = join(directory, `${encodeURIComponent(host.name)}.json`);
  writeFileSync(file, `${JSON.stringify(recording, null, 2)}\n`, { mode: 0o600 });
};

/** A directory of recordings as targets that answer from them; nobody is contacted. */
export const recordedTargets = (directory: string, limit: string | undefined): Targets => {
  const recordings = readdirSync(directory)
    .filter(name => name.endsWith('.json'))
    .toSorted()
    .map(name => parseRecording(readFileSync(join(directory, name)), join(directory, name)));
  if (recordings.length === 0) {
    throw new NodeprepError('recording-unreadable', `${directory} holds no recording (HOST.json)`, {
      hint: `Write one with: nodeprep check INVENTORY --record ${basename(directory)}`,
    });
  }
  const byHost = new Map(recordings.map(recording => [recording.host, recording]));
  const all = {
    source: directory,
    sha256: '',
    hosts: [...byHost.values()].map(recordedHost),
    groups: [...new Set(recordings.flatMap(({ desired }) => desired?.groups ?? []))],
  };
  return {
    inventory: limit === undefined ? all : limitHosts(all, limit),
    source: { kind: 'file', path: directory },
    name: directory,
    open: async host => openRecorded(recordingOf(byHost, host.name)),
  };
};

const recordingOf = (byHost: ReadonlyMap<string, Recording>, name: string): Recording => {
  const recording = byHost.get(name);
  if (recording === undefined) throw new NodeprepError('recording-unreadable', `there is no recording of ${name}`);
  return recording;
};

/** The recorded host as the inventory would give it; an old recording without `desired` is judged by the defaults. */
const recordedHost = (recording: Recording): InventoryHost => {
  const [host] = resolveHosts({ hosts: { [recording.host]: { address: recording.address } } }, { currentUser: 'root' });
  if (host === undefined) throw new NodeprepError('recording-unreadable', `${recording.host} is no host name`);
  const desired: DesiredNode = recording.desired ?? host.desired;
  return { ...host, desired };
};
