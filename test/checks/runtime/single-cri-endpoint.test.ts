import { singleCriEndpoint } from '../../../src/checks/runtime/single-cri-endpoint.ts';
import { testCheck } from '../../check-tester.ts';
import { answers, crioRuns, recordedCri, silent } from './facts.ts';

const containerd = answers(recordedCri('trixie'));
const { cri: crio } = crioRuns('systemd');

testCheck(singleCriEndpoint, {
  pass: [
    {
      name: 'one',
      facts: { cri: containerd },
      observed: /^containerd 1\.7\.24\S* at \/run\/containerd\/containerd\.sock$/,
    },
    { name: 'none', facts: { cri: {} }, observed: 'none answers' },
    {
      name: 'a containerd that the inventory keeps beneath Docker',
      facts: { cri: { ...containerd, '/run/cri-dockerd.sock': crio['/run/crio/crio.sock'] } },
      desired: { runtime: { name: 'docker', keepContainerdCri: true } },
      observed: /^containerd .*, cri-o/,
    },
    {
      name: 'a containerd without CRI beside it',
      facts: { cri: { ...crio, ...answers(silent('no CRI')) } },
      observed: /^cri-o/,
    },
  ],
  fail: [
    {
      name: 'two',
      facts: { cri: { ...containerd, ...crio } },
      message: /^2 runtimes answer CRI/,
      expected: 'only /run/containerd/containerd.sock',
    },
    {
      name: 'two, and the other is wanted',
      facts: { cri: { ...containerd, ...crio } },
      desired: { runtime: { name: 'cri-o' } },
      remedy: /^nodeprep apply --allow-migration .*criSocket: unix:\/\/\/run\/crio\/crio\.sock$/,
    },
  ],
});
