/** As runtimes spell it in full: `busybox` is `docker.io/library/busybox:latest` (github.com/distribution/reference). */
export const fullImageName = (name: string): string => {
  const [first = '', ...rest] = name.split('/');
  const isRegistry = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  const located = isRegistry ? name : `docker.io/${rest.length === 0 ? 'library/' : ''}${name}`;
  const last = located.slice(located.lastIndexOf('/') + 1);
  return /[:@]/.test(last) ? located : `${located}:latest`;
};
