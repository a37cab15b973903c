import { readFileSync } from 'node:fs';
import { openRecorded, parseRecording } from '../src/connect/recorded.ts';
import { known } from '../src/core/observed.ts';
import type { CriAnswers } from '../src/facts/cri.ts';
import { gather, prepareQuestion } from '../src/facts/gather.ts';
import type { FactValues, ObservedFacts } from '../src/facts/index.ts';
import { facts, type GatherableFactId } from '../src/facts/registry.ts';
import { aFile } from './host-file.ts';

const file = new URL('fixtures/hosts/trixie-docker/recording.json', import.meta.url);
const recording = parseRecording(readFileSync(file), file.pathname);
const ids = Object.keys(facts) as GatherableFactId[];
const gathered = await gather(openRecorded(recording), prepareQuestion(ids, 'not-sent-to-a-recording'), {
  now: () => 0,
});

const { packages } = gathered.facts;
if (!packages.known) throw new Error(packages.reason);
const held = ['docker.io', 'docker-cli', 'containerd', 'runc', 'cri-dockerd'];

/** The recorded Debian 13 with Docker 26, cri-dockerd 0.4 and a pod sandbox, its packages held since; tests change what they are about. */
export const dockerFacts: ObservedFacts = {
  ...gathered.facts,
  cri: known(recording.cri as CriAnswers),
  packages: known({ ...packages.value, held }),
};

const knownValue = <K extends keyof FactValues>(id: K): FactValues[K] => {
  const fact: ObservedFacts[K] = dockerFacts[id];
  if (!fact.known) throw new Error(`${id}: ${fact.reason}`);
  return fact.value as FactValues[K];
};

export const recordedDocker = knownValue('docker');
export const recordedServices = knownValue('services');
export const recordedCri = knownValue('cri');
export const recordedPackages = knownValue('packages');

export const criDockerdSocket = '/run/cri-dockerd.sock';

/** Its files were written before its daemons started. */
export const daemonJson = (text: string | undefined, mtimeSeconds?: number): FactValues['docker'] => ({
  ...recordedDocker,
  config: aFile('/etc/docker/daemon.json', text, mtimeSeconds),
});

export const withUnitFile = (path: string, text: string, docker = recordedDocker): FactValues['docker'] => ({
  ...docker,
  unitFiles: [...docker.unitFiles.filter(other => other.path !== path), aFile(path, text)],
});
