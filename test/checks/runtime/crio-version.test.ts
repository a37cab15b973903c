import { crioVersion } from '../../../src/checks/runtime/crio-version.ts';
import { testCheck } from '../../check-tester.ts';
import { aCrio, noCrio } from '../../crio.ts';

const runtime = { name: 'cri-o' } as const;
const pair = (version: string | undefined, kubernetesVersion: string) => ({
  name: `${version} with ${kubernetesVersion}`,
  facts: { crio: aCrio({}, { version }) },
  desired: { kubernetesVersion, runtime },
});

testCheck(crioVersion, {
  pass: [pair('1.36.1', '1.36'), pair('1.34.9', '1.34.2'), pair('1.37.0-dev', '1.37')],
  fail: [
    { ...pair('1.35.2', '1.36'), severity: 'warning', message: /^CRI-O 1\.35 belongs to Kubernetes 1\.35/ },
    { ...pair('1.36.1', '1.34'), message: /node of 1\.34$/, fixedByApply: false },
    { ...pair('1.32.0', '1.36'), severity: 'warning', message: /are 4 minor versions apart/ },
    { ...pair('1.37.0', '1.34'), message: /are 3 minor versions apart/ },
  ],
  skip: [
    { name: 'none', facts: { crio: noCrio }, desired: { runtime }, reason: /not installed/ },
    { name: 'containerd is asked for', facts: { crio: aCrio() }, reason: /asks for containerd/ },
  ],
  unknown: [{ ...pair(undefined, '1.34'), reason: /did not tell/ }],
});
