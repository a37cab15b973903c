import type { Clock } from '../../facts/clock.ts';
import { defineFleetCheck } from '../check.ts';

/** Measured from the median of all hosts, so that a wrong clock on the control side does not count. */
const warningSeconds = 30;
/** kubeadm dates its certificates back by five minutes; beyond that a new one is not valid yet on a host that is behind. */
const errorSeconds = 300;

export const clockSkew = defineFleetCheck({
  id: 'clock-skew',
  title: 'Clocks agree',
  severity: 'warning',
  source: 'https://github.com/kubernetes/kubernetes/blob/master/cmd/kubeadm/app/constants/constants.go',
  needs: ['clock'],
  evaluate(hosts) {
    const clocks = [...hosts].map(([host, { clock }]) => ({ host, clock }));
    const middle = median(clocks.map(({ clock }) => clock.aheadSeconds));
    const skews = clocks.map(({ host, clock }) => ({ host, skew: skewBeyondDoubt(clock, middle) }));
    const wrong = skews.filter(({ skew }) => Math.abs(skew) > warningSeconds);
    if (wrong.length === 0) {
      return [{ status: 'pass', observed: `${hosts.size} hosts within ${warningSeconds} s of their median` }];
    }
    const told = wrong.map(
      ({ host, skew }) => `${host} ${Math.abs(Math.round(skew))} s ${skew > 0 ? 'ahead' : 'behind'}`,
    );
    return [
      {
        status: 'fail',
        message: `clocks disagree: ${told.join(', ')}`,
        observed: told.join(', '),
        expected: `within ${warningSeconds} s of the median of all hosts`,
        remedy: 'synchronise the clocks: timedatectl set-ntp true, or chronyc makestep',
        fixedByApply: false,
        severity: wrong.some(({ skew }) => Math.abs(skew) > errorSeconds) ? 'error' : 'warning',
      },
    ];
  },
});

/** The distance that remains when the round trip has gone as much in the host's favour as it can have. */
const skewBeyondDoubt = ({ aheadSeconds, uncertaintySeconds }: Clock, middle: number): number => {
  const distance = aheadSeconds - middle;
  return Math.sign(distance) * Math.max(0, Math.abs(distance) - uncertaintySeconds);
};

const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((left, right) => left - right);
  const half = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(half)] ?? 0) + (sorted[Math.ceil(half)] ?? 0)) / 2;
};
