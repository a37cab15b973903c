import type { FileChange } from '../../changes/change.ts';
import { known, type Observed } from '../../core/observed.ts';
import type { HostFile } from '../../facts/fact.ts';
import { hostFile } from '../../facts/files.ts';
import { instanceConfigPath, type Kubelet } from '../../facts/kubelet.ts';
import { kubeletFile } from '../../facts/kubelet-command.ts';
import { nextFlags } from '../../facts/kubelet-in-force.ts';
import { kubeletSettings } from '../../facts/kubelet-settings.ts';
import { editYaml } from '../../yaml/edit.ts';
import { disruptionOf } from '../disruption.ts';
import { fileChange, ownHeader, pathStateOf } from '../file-change.ts';
import type { Refusal } from '../installer.ts';
import { planRefused } from '../known-facts.ts';
import { editFlags } from './edit-flags.ts';
import { kubeletLabels } from './labels.ts';
import type { KubeletSituation } from './situation.ts';
import { isRefusal, ownDropInName, type Wanted, type WantedEdit, wantedEdits } from './wanted-edits.ts';

export interface FilesPlan {
  readonly changes: readonly FileChange[];
  readonly refusals: readonly Refusal[];
  readonly originals: Readonly<Record<string, string>>;
}

const refusal = (...refusals: readonly Refusal[]): FilesPlan => ({ changes: [], refusals, originals: {} });

/** Edits that put what is desired in force at the next start, proved by asking again on the result. */
export const planFiles = (situation: KubeletSituation, emptiesNode: boolean): FilesPlan => {
  const wanted = wantedFor(situation);
  if (!wanted.known) return refusal(planRefused(`the kubelet cannot be planned: ${wanted.reason}`));
  const refusals = wanted.value.filter(isRefusal);
  if (refusals.length > 0) return refusal(...refusals);
  const edits = wanted.value.flatMap(want => (isRefusal(want) ? [] : [want]));
  const paths = [...new Set(edits.map(({ path }) => path))];
  const edited = paths.map(path =>
    editFile(
      situation.kubelet,
      path,
      edits.filter(edit => edit.path === path),
    ),
  );
  const failures = edited.flatMap(result => ('code' in result ? [result] : []));
  if (failures.length > 0) return refusal(...failures);
  const files = edited.flatMap(result => ('code' in result ? [] : [result]));
  const left = wantedFor({ ...situation, kubelet: withFiles(situation.kubelet, files) });
  if (!left.known || left.value.length > 0) {
    return refusal(
      planRefused(
        `editing ${paths.join(', ')} would not put in force: ${wordsOf(edits).join(', ')}`,
        'This is a case that nodeprep does not know; please report it with the files.',
      ),
    );
  }
  return {
    changes: files.map(file => toChange(file, emptiesNode)),
    refusals: [],
    originals: Object.fromEntries(files.map(({ file }) => [file.path, file.text ?? ''])),
  };
};

const wantedFor = (situation: KubeletSituation): Observed<readonly Wanted[]> => {
  const flags = nextFlags(situation.kubelet);
  if (!flags.known) return flags;
  const settings = kubeletSettings(situation.kubelet, flags.value, situation.version);
  return settings.known ? known(wantedEdits(situation, flags.value, settings.value)) : settings;
};

interface EditedFile {
  readonly file: HostFile;
  readonly before: NonNullable<ReturnType<typeof pathStateOf>>;
  readonly text: string;
  readonly edits: readonly WantedEdit[];
}

const editFile = (kubelet: Kubelet, path: string, edits: readonly WantedEdit[]): EditedFile | Refusal => {
  const file = kubeletFile(kubelet, path) ?? hostFile(path, undefined);
  const before = pathStateOf(file);
  const isAbsent = before?.state === 'absent';
  if (before === undefined || before.state === 'symlink' || (file.text === undefined && !isAbsent)) {
    const link = file.linkTarget === undefined ? '' : ` to ${file.linkTarget}`;
    return planRefused(
      `${path} is a ${file.type}${link}, which nodeprep does not edit`,
      `Put a regular text file in its place, or set there what the plan asks for: ${wordsOf(edits).join(', ')}.`,
    );
  }
  const result = editText(path, file.text ?? (path.endsWith(`/${ownDropInName}`) ? newDropIn : ''), edits);
  return result.ok
    ? { file, before, text: result.text, edits }
    : planRefused(`${path}: ${result.problem}`, `Set it by hand: ${wordsOf(edits).join(', ')}; then plan again.`);
};

const newDropIn = `${ownHeader}apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n`;

const editText = (path: string, text: string, edits: readonly WantedEdit[]) => {
  const yaml = edits.flatMap(edit => (edit.kind === 'yaml' ? [edit.edit] : []));
  const flags = edits.flatMap(edit => (edit.kind === 'flag' ? [edit.edit] : []));
  return yaml.length > 0 ? editYaml(text, yaml) : editFlags(path, text, flags);
};

const withFiles = (kubelet: Kubelet, edited: readonly EditedFile[]): Kubelet => {
  const texts = new Map(edited.map(({ file, text }) => [file.path, { ...file, type: 'file' as const, text }]));
  return {
    ...kubelet,
    files: [...kubelet.files.filter(({ path }) => !texts.has(path)), ...texts.values()],
  };
};

const wordsOf = (edits: readonly WantedEdit[]): readonly string[] => [...new Set(edits.map(({ label }) => label))];

const toChange = ({ file, before, text, edits }: EditedFile, emptiesNode: boolean): FileChange => {
  const settings = wordsOf(edits);
  const says = (words: string): boolean => settings.some(label => label.startsWith(words));
  // Only kubeadm reads it.
  const isRecord = file.path === instanceConfigPath;
  const [setsDriver, setsRuntime] = [says(kubeletLabels.driver('')), says(kubeletLabels.endpoint(''))];
  const movesHere = emptiesNode && (setsDriver || setsRuntime);
  const because = setsDriver
    ? 'kubelet and runtime must use the same cgroup driver'
    : 'the kubelet must find its runtime and start with it';
  const moved = setsDriver ? 'kubelet-cgroup-driver' : 'kubelet-runtime';
  const disruption = isRecord ? 'kubelet-record' : movesHere ? moved : 'kubelet-settings';
  const change = fileChange(file, before, text, {
    summary: settings.join(', '),
    because: isRecord ? 'kubeadm upgrade takes the endpoint of this node from it' : because,
    phase: 'switch',
    disruption: disruptionOf(disruption, true),
    settings,
  });
  return movesHere ? { ...change, needsNoSandboxes: true } : change;
};
