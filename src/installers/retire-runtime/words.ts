import type { RuntimeData } from '../../facts/runtime-contents.ts';
import type { InstallerPlan } from '../installer.ts';
import { answerAt, type Retirement, type Seen } from './retirement.ts';

/** `containerd 1.7.24 at /run/containerd/containerd.sock` */
export const whoServes = ({ label, socket }: Retirement, seen: Seen): string => {
  const answer = answerAt(seen, socket);
  return answer === undefined ? `${label} (${socket})` : `${label} ${answer.runtimeVersion} at ${socket}`;
};

/** What becomes of the runtime, and of what it holds. */
export const effectsOf = (
  retirement: Retirement,
  { changes }: InstallerPlan,
  seen: Seen,
  stopped: readonly string[],
): readonly string[] => {
  const units = changes.filter(({ kind }) => kind === 'service');
  const told = units.map(({ target, summary }) => `${target} is ${summary}`);
  return [...(told.length === 0 ? [] : [told.join(', ')]), ...fateOf(retirement, seen, stopped)];
};

/** Of what it holds alone. */
export const fateOf = (
  { label, owner }: Retirement,
  { contents }: Seen,
  stopped: readonly string[],
): readonly string[] => {
  const found = contents.known ? contents.value.data.find(data => data.owner === owner) : undefined;
  return [
    ...(stopped.length === 0 ? [] : [`these containers stop: ${stopped.toSorted().join(', ')}`]),
    ...(found === undefined ? [] : [`${whatLies(found)} of ${label} stay in ${found.path}`]),
  ];
};

export const whatLies = ({ images, kib }: RuntimeData): string => {
  const size = kib === null ? '' : ` (${sizeOf(kib)})`;
  return `${images === null ? 'the images' : images === 1 ? '1 image' : `${images} images`} and data${size}`;
};

export const sizeOf = (kib: number): string =>
  kib < 1024
    ? `${kib} KiB`
    : kib < 1024 * 1024
      ? `${Math.round(kib / 1024)} MiB`
      : `${(kib / 1024 / 1024).toFixed(1)} GiB`;
