import type { Api } from './api.ts';
import { isRecord } from './api.ts';
import type { ClusterClock } from './clock.ts';
import { type CordonMark, cordonAnnotation } from './cordon-mark.ts';
import { annotationsOf, editObject, type RawObject, withAnnotations } from './edit-object.ts';
import { nodePath } from './paths.ts';

/** A node with a mark of an earlier run of ours is taken over by this one. */
export const cordonNode = (api: Api, clock: ClusterClock, node: string, mark: CordonMark): Promise<'ours' | 'other'> =>
  editObject<'ours' | 'other'>(api, clock, nodePath(node), `cordon node ${node}`, object => {
    const isMarked = Object.hasOwn(annotationsOf(object), cordonAnnotation);
    if (isCordoned(object) && !isMarked) return { object: undefined, result: 'other' };
    const marked = withAnnotations(object, { [cordonAnnotation]: JSON.stringify(mark) });
    return { object: { ...marked, spec: { ...specOf(object), unschedulable: true } }, result: 'ours' };
  });

export const uncordonNode = (api: Api, clock: ClusterClock, node: string): Promise<'lifted' | 'not-ours'> =>
  editObject<'lifted' | 'not-ours'>(api, clock, nodePath(node), `uncordon node ${node}`, object => {
    if (!Object.hasOwn(annotationsOf(object), cordonAnnotation)) return { object: undefined, result: 'not-ours' };
    const { unschedulable: _, ...spec } = specOf(object);
    return { object: { ...withAnnotations(object, { [cordonAnnotation]: null }), spec }, result: 'lifted' };
  });

const specOf = (node: RawObject): RawObject => (isRecord(node.spec) ? node.spec : {});

const isCordoned = (node: RawObject): boolean => specOf(node).unschedulable === true;
