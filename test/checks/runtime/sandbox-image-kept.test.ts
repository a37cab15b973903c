import { sandboxImageKept } from '../../../src/checks/runtime/sandbox-image-kept.ts';
import type { CriAnswer, CriAnswers, CriImage } from '../../../src/facts/cri.ts';
import { aCrio } from '../../crio.ts';
import { recordedCri as dockerCri, recordedDocker, recordedServices } from '../../docker-host.ts';
import { fresh, joined } from '../kubelet/facts.ts';
import { absentContainerd, recorded, stopped, testRuntimeCheck } from './facts.ts';

const image = 'registry.k8s.io/pause:3.10.1';
const socket = '/run/containerd/containerd.sock';
/** A recorded node as its version, with these images where it tells. */
const node = (name: string, version: string, images?: readonly CriImage[]) => {
  const found = recorded(name, { version });
  const answer = found.cri[socket];
  const cri = images === undefined ? found.cri : { [socket]: { ...answer, images } as CriAnswer };
  return { ...found, cri, clusterState: fresh };
};
const pause = (pinned: boolean): readonly CriImage[] => [{ names: [image], pinned }];
const withoutImages = (answers: CriAnswers): CriAnswers =>
  Object.fromEntries(
    Object.entries(answers).map(([path, answer]) => [path, answer.answered ? { ...answer, images: [] } : answer]),
  );
const docker = { docker: recordedDocker, cri: dockerCri, services: recordedServices, clusterState: fresh };

testRuntimeCheck(sandboxImageKept, {
  pass: [
    { name: 'pinned', facts: node('trixie-nvidia', '1.7.24', pause(true)), observed: `${image} is pinned` },
    { name: 'not there yet', facts: node('trixie-nvidia', '1.7.24', []), observed: /containerd 1\.7\.24 pins/ },
    { name: 'a late 1.6', facts: node('trixie-nvidia', '1.6.36') },
    { name: 'cri-dockerd', facts: docker, desired: { runtime: { name: 'docker' } } },
  ],
  fail: [
    {
      name: '1.6 of bookworm',
      facts: node('bookworm', '1.6.20'),
      message: /containerd 1\.6\.20 pins no image, and from 1\.29 on no flag/,
      expected: 'containerd 1.6.22 or 1.7.3, or newer',
      remedy: /runtime\.version or runtime\.source/,
      fixedByApply: false,
    },
    { name: '1.6, with the image there', facts: node('trixie-nvidia', '1.6.20', pause(false)), observed: /not pinned/ },
    {
      name: 'there before it became the sandbox image',
      facts: node('trixie-nvidia', '1.7.24', pause(false)),
      message: /not pinned, as it was there before/,
      remedy: /crictl pull .* or without a registry: ctr -n k8s\.io images label .* io\.cri-containerd\.pinned=pinned/,
    },
    {
      name: 'an old cri-dockerd',
      facts: { ...docker, docker: { ...recordedDocker, criDockerdVersion: '0.3.9' }, cri: withoutImages(dockerCri) },
      desired: { runtime: { name: 'docker' } },
      expected: 'cri-dockerd 0.3.10, or newer',
    },
  ],
  skip: [
    {
      name: 'a kubelet that reads its flag',
      facts: { ...node('bookworm', '1.6.20'), clusterState: joined('1.28.9') },
      reason: /spares it by its flag/,
    },
    {
      name: 'no containerd',
      facts: { containerd: absentContainerd, cri: {}, services: {}, clusterState: fresh },
      reason: /not installed/,
    },
    { name: 'not running', facts: { ...node('sid', '2.1.9'), services: stopped }, reason: /does not run/ },
  ],
  unknown: [
    {
      name: 'CRI-O without a version',
      facts: {
        crio: aCrio({}, { version: undefined }),
        cri: {},
        services: { 'crio.service': recorded('sid').services['containerd.service'] } as never,
        clusterState: fresh,
      },
      desired: { runtime: { name: 'cri-o' } },
      reason: /did not tell its version/,
    },
  ],
});
