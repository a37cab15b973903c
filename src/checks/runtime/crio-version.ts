import { releaseLine } from '../../core/versions.ts';
import { defineCheck } from '../check.ts';
import { noCriO } from '../support/one-runtime.ts';

/** How many minor versions upstream's policy of skew spans. */
const widest = 2;

export const crioVersion = defineCheck({
  id: 'crio-version',
  title: 'The version of CRI-O fits Kubernetes',
  severity: 'warning',
  source: 'https://github.com/cri-o/cri-o#compatibility-matrix-cri-o--kubernetes',
  needs: ['crio'],
  evaluate({ crio }, desired) {
    const absent = noCriO(crio, desired);
    if (absent !== undefined) return absent;
    const { version } = crio;
    if (version === undefined) return { status: 'unknown', reason: 'CRI-O did not tell its version' };
    const [own, theirs] = [releaseLine(version), releaseLine(desired.kubernetesVersion)];
    const observed = `CRI-O ${version}, Kubernetes ${desired.kubernetesVersion}`;
    if (own === theirs) return { status: 'pass', observed };
    const apart = Math.abs(minorOf(own) - minorOf(theirs));
    return {
      status: 'fail',
      message:
        apart > widest
          ? `CRI-O ${own} and Kubernetes ${theirs} are ${apart} minor versions apart, upstream's policy of skew spans ${widest}`
          : `CRI-O ${own} belongs to Kubernetes ${own}, and this is to be a node of ${theirs}`,
      observed,
      expected: `CRI-O ${theirs}`,
      remedy: `install CRI-O ${theirs}: set runtime.version in the inventory, with package sources that offer it`,
      fixedByApply: false,
    };
  },
});

const minorOf = (line: string): number => Number(line.split('.')[1]);
