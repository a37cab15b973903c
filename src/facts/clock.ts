import { known } from '../core/observed.ts';
import type { Fact } from './fact.ts';
import { keyValues, wholeNumber } from './read.ts';

export interface Clock {
  /** Seconds since the epoch on the host, at some moment between sentAt and receivedAt. */
  readonly epochSeconds: number;
  /** How far the host is ahead of the control side, in seconds, and by how much that may be wrong (half the round trip + 1). */
  readonly aheadSeconds: number;
  readonly uncertaintySeconds: number;
  /** systemd-timesyncd or chrony say synchronised; null = nothing says. */
  readonly synchronized: boolean | null;
}

/**
 * `timedatectl` would start a service on the host, so the marks that the daemons leave are read: timesyncd keeps a file,
 * chronyd is asked where it runs.
 */
export const clock: Fact<Clock> = {
  items: {
    now: {
      kind: 'sh',
      timeoutSeconds: 3,
      script: `date '+epoch %s'
if [ -e /run/systemd/timesync/synchronized ]; then echo 'synchronized yes'
elif [ -e /run/chrony/chronyd.pid ] || [ -e /run/chronyd.pid ]; then
if command -v chronyc >/dev/null; then
limit chronyc -n tracking | while read -r a b c d; do
case "$a $b $c" in 'Leap status :') case $d in Not*) echo 'synchronized no';; *) echo 'synchronized yes';; esac;; esac
done
fi
elif [ -d /run/systemd/timesync ]; then echo 'synchronized no'
fi
return 0`,
    },
  },
  parse(answers, { sentAt, receivedAt }) {
    const said = keyValues(answers.now);
    const epochSeconds = wholeNumber(said.get('epoch'), 'date +%s');
    // `date` cuts the fraction off, so the host's clock showed half a second more on average.
    const aheadSeconds = epochSeconds + 0.5 - (sentAt + receivedAt) / 2 / 1000;
    const uncertaintySeconds = (receivedAt - sentAt) / 2 / 1000 + 1;
    const synchronized = said.has('synchronized') ? said.get('synchronized') === 'yes' : null;
    return known({ epochSeconds, aheadSeconds, uncertaintySeconds, synchronized });
  },
};
