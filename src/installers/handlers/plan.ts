import type { FileChange, HoldChange, PackageChange } from '../../changes/change.ts';
import type { DesiredRuntime, HandlerName } from '../../core/desired.ts';
import type { Observed } from '../../core/observed.ts';
import type { Crio } from '../../facts/crio.ts';
import { kataConfigPaths, type OciRuntimes, runscConfigPath } from '../../facts/oci-runtimes.ts';
import type { OsFamily } from '../../os/os-family.ts';
import type { LaterSetting, Refusal } from '../installer.ts';
import { knownFacts, planRefused } from '../known-facts.ts';
import { noProgram, type PackageFacts, planHolds, planRuntimePackage } from '../package-plan.ts';
import { crun } from './crun.ts';
import { planTomlFile } from './files.ts';
import type { HandlerSide, HandlerTable, OciHandler } from './handler.ts';
import { kata } from './kata.ts';
import { handlerLabels } from './labels.ts';
import { runc } from './runc.ts';
import { runsc } from './runsc.ts';

/** One handler: its file, and a line here. */
const handlers: Readonly<Record<HandlerName, OciHandler>> = { runc, crun, runsc, kata };

export interface HandlerFacts extends PackageFacts {
  readonly ociRuntimes: Observed<OciRuntimes>;
}

export interface HandlersPlan {
  readonly packages: readonly (PackageChange | HoldChange)[];
  readonly files: readonly FileChange[];
  /** For the runtime's configuration; of handlers whose programs are there. */
  readonly tables: readonly HandlerTable[];
  readonly refusals: readonly Refusal[];
  readonly originals: Readonly<Record<string, string>>;
}

export const noHandlers: HandlersPlan = { packages: [], files: [], tables: [], refusals: [], originals: {} };

/** Whose tables of handlers they are. */
export type HandlerFamily = 'containerd' | 'crio';

/** Programs of the handlers that the inventory names, what their own files say, and what the runtime's configuration must say of them. */
export const planHandlers = (
  family: HandlerFamily,
  facts: HandlerFacts,
  runtime: DesiredRuntime,
  os: OsFamily,
): HandlersPlan => {
  const wanted = (runtime.handlers ?? []).map(name => handlers[name]);
  if (wanted.length === 0) return noHandlers;
  const known = knownFacts({ ociRuntimes: facts.ociRuntimes }, ['ociRuntimes'], 'OCI runtimes');
  if (!known.known) return { ...noHandlers, refusals: known.refusals };
  const found = known.value.ociRuntimes;
  return wanted
    .map(handler => planOne(handler, family, { ...facts, found }, runtime, os))
    .reduce((all, one) => ({
      packages: [...all.packages, ...one.packages],
      files: [...all.files, ...one.files],
      tables: [...all.tables, ...one.tables],
      refusals: [...all.refusals, ...one.refusals],
      originals: { ...all.originals, ...one.originals },
    }));
};

const planOne = (
  handler: OciHandler,
  family: HandlerFamily,
  facts: PackageFacts & { readonly found: OciRuntimes },
  runtime: DesiredRuntime,
  os: OsFamily,
): HandlersPlan => {
  const { found } = facts;
  const side: HandlerSide = handler[family];
  const missing = side.programs.filter(program => programOf(found, program, family) === undefined);
  if (missing.length > 0) return planMissing(handler, missing, facts, runtime, os);
  const files = (side.files?.(found, runtime) ?? []).map(wish => ({ wish, planned: planTomlFile(wish) }));
  const where = (program: string): string => programOf(found, program, family) ?? program;
  return {
    ...noHandlers,
    packages: planHandlerHolds(handler, where, facts, os),
    files: files.flatMap(({ planned }) =>
      'change' in planned && planned.change !== undefined ? [planned.change] : [],
    ),
    tables: [{ name: handler.name, keys: side.keys(where, runtime) }],
    refusals: files.flatMap(({ planned }) => ('refusal' in planned ? [planned.refusal] : [])),
    originals: Object.fromEntries(files.map(({ wish: { file } }) => [file.path, file.text ?? ''])),
  };
};

/** One in /usr/local, or of CRI-O's own, is nothing that upgrades move. */
const planHandlerHolds = (
  { packages }: OciHandler,
  where: (program: string) => string,
  facts: PackageFacts,
  os: OsFamily,
): readonly HoldChange[] => {
  const own = packages[os.packageManager];
  if (own === undefined || facts.packages.manager !== os.packageManager) return [];
  return /^\/usr\/s?bin\//.test(where(own))
    ? planHolds({ holds: [own], setting: handlerLabels.package(own) }, facts.packages, os)
    : [];
};

/** Builds of CRI-O's own are for CRI-O alone, and go with it. */
const programOf = ({ programs }: OciRuntimes, program: string, family: HandlerFamily): string | undefined => {
  const isOfCrio = (path: string): boolean => path.startsWith('/usr/libexec/crio/');
  const paths = programs[program] ?? [];
  const others = paths.find(path => !isOfCrio(path));
  return family === 'crio' ? (paths.find(isOfCrio) ?? others) : others;
};

const planMissing = (
  { name, label, packages, howToGet }: OciHandler,
  missing: readonly string[],
  facts: PackageFacts,
  runtime: DesiredRuntime,
  os: OsFamily,
): HandlersPlan => {
  const own = packages[os.packageManager];
  const lacks = missing.filter(program => program !== own);
  if (own === undefined || lacks.length > 0) {
    return {
      ...noHandlers,
      refusals: [
        planRefused(
          `the inventory asks for the handler ${name}, and this host has no ${lacks.join(' and no ') || missing.join(' and no ')}, which no package of ${os.id} brings`,
          `For ${label}, ${howToGet}, then plan again; or take ${name} out of runtime.handlers.`,
        ),
      ],
    };
  }
  const subject = {
    name: own,
    label,
    program: noProgram,
    disruption: { install: 'handler-install', upgrade: 'handler-install' },
    holds: [own],
    setting: handlerLabels.package(own),
    companion: `the inventory asks for the handler ${name}`,
  } as const;
  const { changes, refusals } = planRuntimePackage(subject, facts, { ...runtime, version: undefined }, os);
  return { ...noHandlers, packages: changes, refusals };
};

/** What to judge before CRI-O's own package is there: which of the others come with it, nobody can tell. */
export const unbundled = (runtime: DesiredRuntime, { binary }: Pick<Crio, 'binary'>): DesiredRuntime =>
  binary === '' && runtime.handlers !== undefined
    ? { ...runtime, handlers: runtime.handlers.filter(name => handlers[name].crio.bundled !== true) }
    : runtime;

/** Of packages that a later round may need. */
export const laterPackages = (runtime: DesiredRuntime, os: OsFamily): readonly LaterSetting[] =>
  (runtime.handlers ?? []).flatMap(name => {
    const own = handlers[name].packages[os.packageManager];
    return own === undefined ? [] : [{ target: own, setting: handlerLabels.package(own), disruption: 'none' as const }];
  });

/** Files of handlers that a later round may write. */
export const laterHandlerFiles = (runtime: DesiredRuntime): readonly LaterSetting[] =>
  (runtime.handlers ?? []).flatMap(name => {
    if (name === 'runsc')
      return [{ target: runscConfigPath, setting: handlerLabels.runscDriver(runtime), disruption: 'none' as const }];
    return name === 'kata'
      ? [{ target: kataConfigPaths[0], setting: handlerLabels.kataDriver, disruption: 'none' as const }]
      : [];
  });
