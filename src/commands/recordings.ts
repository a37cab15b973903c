import { accessSync, constants, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { openRecorded, parseRecording } from '../connect/recorded.ts';
import type { Recording } from '../connect/recording.ts';
import type { DesiredNode } from '../core/desired.ts';
import { NodeprepError } from '../core/errors.ts';
import type { Redactor } from '../core/redact.ts';
import { maskedAnswers } from '../facts/record.ts';
import type { InventoryHost } from '../inventory/inventory.ts';
import { limitHosts } from '../inventory/limit.ts';
import { resolveHosts, resolveInventory } from '../inventory/resolve.ts';
import type { Observation } from './observe.ts';
import { fileReason, writePrivateFile } from './private-file.ts';
import type { Targets } from './targets.ts';

/** Makes the directory before any host is asked, so that a mistake is told at once. */
export const prepareRecordings = (directory: string): void => {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    accessSync(directory, constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new NodeprepError('usage', `recordings cannot be written to ${directory}: ${fileReason(cause)}`, { cause });
  }
};

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
  // A host name may hold a slash only by mistake; encoded it stays inside the directory.
  const file = join(directory, `${encodeURIComponent(host.name)}.json`);
  try {
    writePrivateFile(file, `${JSON.stringify(recording, null, 2)}\n`);
  } catch (cause) {
    throw new NodeprepError('usage', `the recording cannot be written to ${file}: ${fileReason(cause)}`, { cause });
  }
};

/** A directory of recordings as targets that answer from them; nobody is contacted. */
export const recordedTargets = (directory: string, limit: string | undefined): Targets => {
  const recordings = readRecordings(directory);
  if (recordings.length === 0) {
    throw new NodeprepError('recording-unreadable', `${directory} holds no recording (HOST.json)`, {
      hint: `Write one with: nodeprep check INVENTORY --record ${basename(directory)}`,
    });
  }
  const byHost = uniqueByHost(recordings, directory);
  const all = {
    ...resolveInventory({ hosts: {} }, { currentUser: 'root' }),
    source: directory,
    sha256: '',
    hosts: [...byHost.values()].map(recordedHost),
    groups: [...new Set(recordings.flatMap(({ desired }) => desired?.groups ?? []))],
  };
  return {
    inventory: limit === undefined ? all : limitHosts(all, limit),
    source: { kind: 'file', path: directory },
    // No inventory: nothing can be applied to a recording.
    name: undefined,
    open: async host => openRecorded(recordingOf(byHost, host.name)),
  };
};

const readRecordings = (directory: string): readonly Recording[] => {
  const reading = <T>(path: string, read: () => T): T => {
    try {
      return read();
    } catch (cause) {
      if (cause instanceof NodeprepError) throw cause;
      throw new NodeprepError('recording-unreadable', `${path} cannot be read: ${fileReason(cause)}`, { cause });
    }
  };
  return reading(directory, () => readdirSync(directory))
    .filter(name => name.endsWith('.json'))
    .toSorted()
    .map(name => join(directory, name))
    .map(path => reading(path, () => parseRecording(readFileSync(path), path)));
};

const uniqueByHost = (recordings: readonly Recording[], directory: string): ReadonlyMap<string, Recording> => {
  const byHost = new Map<string, Recording>();
  for (const recording of recordings) {
    if (byHost.has(recording.host)) {
      throw new NodeprepError('recording-unreadable', `${directory} holds two recordings of host ${recording.host}`, {
        hint: 'Keep one of them; a directory is one moment of every host.',
      });
    }
    byHost.set(recording.host, recording);
  }
  return byHost;
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
