import { describe, expect, it } from 'vitest';
import {
  type AnnotationChanges,
  criSocketAnnotation,
  formerSocketsAnnotation,
  socketBefore,
  withSocket,
} from '../../src/cluster/cri-socket.ts';

const containerd = 'unix:///run/containerd/containerd.sock';
const crio = 'unix:///var/run/crio/crio.sock';
const docker = 'unix:///var/run/cri-dockerd.sock';

type Annotations = Readonly<Record<string, string>>;
const merged = (annotations: Annotations, changes: AnnotationChanges): Annotations =>
  Object.fromEntries(
    Object.entries({ ...annotations, ...changes }).flatMap(([key, value]) => (value === null ? [] : [[key, value]])),
  );

describe('the endpoint that kubeadm keeps on a Node', () => {
  it.each<[string, Annotations]>([
    ['as it was spelled', { [criSocketAnnotation]: containerd, 'ops.example/note': 'keep' }],
    ['absent', { 'ops.example/note': 'keep' }],
  ])('goes back to what it was: %s', (_, before) => {
    const moved = merged(before, withSocket(before, '20261121-010000-aaaa', crio));
    expect(moved[criSocketAnnotation]).toBe(crio);
    expect(merged(moved, socketBefore(moved, ['20261121-010000-aaaa']))).toEqual(before);
  });

  it('goes back run by run', () => {
    const before = { [criSocketAnnotation]: containerd };
    const once = merged(before, withSocket(before, '20261121-010000-aaaa', crio));
    const twice = merged(once, withSocket(once, '20261121-020000-bbbb', docker));
    const back = merged(twice, socketBefore(twice, ['20261121-020000-bbbb']));
    expect(back).toEqual(once);
    expect(merged(back, socketBefore(back, ['20261121-010000-aaaa']))).toEqual(before);
    expect(merged(twice, socketBefore(twice, ['20261121-010000-aaaa', '20261121-020000-bbbb']))).toEqual(before);
  });

  it('is written again by the same run without losing what was there first', () => {
    const before = { [criSocketAnnotation]: containerd };
    const once = merged(before, withSocket(before, '20261121-010000-aaaa', crio));
    expect(merged(once, withSocket(once, '20261121-010000-aaaa', crio))).toEqual(once);
  });

  it('is that before the run that went on where the first was cut off', () => {
    const before = { [criSocketAnnotation]: containerd };
    const moved = merged(before, withSocket(before, '20261121-030000-cccc', crio));
    expect(merged(moved, socketBefore(moved, ['20261121-010000-aaaa']))).toEqual(before);
  });

  it.each<[string, Annotations]>([
    ['no run of ours has written it', { [criSocketAnnotation]: crio }],
    [
      'only an earlier one has',
      merged(
        { [criSocketAnnotation]: crio },
        withSocket({ [criSocketAnnotation]: crio }, '20261120-000000-0000', crio),
      ),
    ],
    ['what we keep was overwritten', { [criSocketAnnotation]: crio, [formerSocketsAnnotation]: '[1' }],
  ])('stays where %s', (_, annotations) => expect(socketBefore(annotations, ['20261121-010000-aaaa'])).toEqual({}));
});
