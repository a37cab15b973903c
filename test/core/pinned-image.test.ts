import { describe, expect, test } from 'vitest';
import { isPinned, pinsSandboxImage, sparesByFlag } from '../../src/core/pinned-image.ts';

describe('who keeps the sandbox image', () => {
  test.each([
    ['containerd', '1.6.20', false],
    ['containerd', '1.6.21', false],
    ['containerd', '1.6.22', true],
    ['containerd', '1.7.2', false],
    ['containerd', '1.7.3', true],
    ['containerd', '2.2.0', true],
    ['containerd', '1.5.18', false],
    ['cri-o', '1.27.8', false],
    ['cri-o', '1.28.0', true],
    ['cri-o', '1.36.1', true],
    ['docker', '0.3.9', false],
    ['mirantis', '0.4.0', true],
  ] as const)('%s %s: %s', (name, version, pins) => expect(pinsSandboxImage(name, version)).toBe(pins));

  test('the kubelet, by its flag, up to 1.28', () => {
    expect(['1.24.0', '1.28.15', '1.29.0', '1.34.3'].map(sparesByFlag)).toEqual([true, true, false, false]);
  });

  test('by what the runtime says of the image, however it spells it', () => {
    const images = [
      { names: ['registry.k8s.io/pause:3.9', 'registry.k8s.io/pause@sha256:0'], pinned: true },
      { names: ['docker.io/library/pause:latest'], pinned: false },
    ];
    expect(['registry.k8s.io/pause:3.9', 'pause', 'other'].map(name => isPinned(images, name))).toEqual([
      true,
      false,
      undefined,
    ]);
    expect(isPinned(undefined, 'pause')).toBeUndefined();
  });
});
