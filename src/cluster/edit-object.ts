import { NodeprepError } from '../core/errors.ts';
import { type Api, isRecord, malformed } from './api.ts';
import type { ClusterClock } from './clock.ts';
import { explainFailure } from './explain-failure.ts';

export type RawObject = Readonly<Record<string, unknown>>;

export interface Edit<T> {
  /** undefined: there is nothing to write. */
  readonly object: RawObject | undefined;
  readonly result: T;
}

const tries = 10;
const retryMs = 200;

/**
 * Reads an object, changes it and writes it back whole, guarded by its resource version; again where somebody else was
 * quicker. Everything that we do not know of goes back as it came.
 */
export const editObject = async <T>(
  api: Api,
  clock: ClusterClock,
  path: string,
  doing: string,
  edit: (object: RawObject) => Edit<T>,
): Promise<T> => {
  for (let attempt = 1; attempt <= tries; attempt += 1) {
    const { object, result } = edit(await readObject(api, path, doing));
    if (object === undefined) return result;
    const written = await api.replace(path, object, { doing });
    if (written.ok) return result;
    if (written.reason !== 'Conflict') {
      throw await explainFailure(api.port, { kind: 'status', ...written }, doing);
    }
    await clock.sleep(retryMs * attempt);
  }
  throw new NodeprepError('cluster-unreachable', `${doing}: somebody else changes it all the time (${tries} tries).`);
};

/** An object that must be there. */
export const readObject = async (api: Api, path: string, doing: string): Promise<RawObject> => {
  const object = await api.get(path, { doing });
  if (object === undefined) {
    const failure = { kind: 'status', reason: 'NotFound', message: path } as const;
    throw await explainFailure(api.port, failure, doing);
  }
  if (!isRecord(object)) throw malformed(path, 'it is no object');
  return object;
};

export const metadataOf = (object: RawObject): RawObject => (isRecord(object.metadata) ? object.metadata : {});

export const annotationsOf = (object: RawObject): RawObject => {
  const { annotations } = metadataOf(object);
  return isRecord(annotations) ? annotations : {};
};

/** null takes an annotation away. */
export const withAnnotations = (object: RawObject, changes: Readonly<Record<string, string | null>>): RawObject => {
  const merged = Object.entries({ ...annotationsOf(object), ...changes }).filter(([, value]) => value !== null);
  return { ...object, metadata: { ...metadataOf(object), annotations: Object.fromEntries(merged) } };
};
