import { runtimeConfigCall } from '../../../src/checks/runtime/runtime-config-call.ts';
import { absentContainerd, containerdFact, testRuntimeCheck } from './facts.ts';

const pair = (version: string | undefined, kubernetesVersion: string) => ({
  name: `${version} with ${kubernetesVersion}`,
  facts: { containerd: containerdFact({ version }) },
  desired: { kubernetesVersion },
});

testRuntimeCheck(runtimeConfigCall, {
  pass: [pair('1.7.33', '1.34'), pair('2.0.0', '1.35'), pair('2.3.4', '1.38')],
  fail: [
    { ...pair('1.7.33', '1.35'), severity: 'warning' },
    { ...pair('1.7.33', '1.37'), severity: 'warning', message: /from 1\.38 on/ },
    { ...pair('1.7.33', '1.38'), severity: 'error', message: /does not start/ },
  ],
  skip: [{ name: 'none', facts: { containerd: absentContainerd }, reason: /not installed/ }],
  unknown: [{ ...pair(undefined, '1.34'), reason: /did not tell/ }],
});
