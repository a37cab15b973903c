/** Path of a runtime's socket, however its endpoint is spelled: `unix:///var/run/x.sock`, `unix:/run/x.sock`, `/run/x.sock`. */
export const socketPath = (endpoint: string): string | undefined => {
  const path = endpoint.replace(/^unix:(?:\/\/(?=\/))?/, '');
  if (!path.startsWith('/')) return undefined;
  // /var/run is a link to /run wherever systemd runs.
  return path.replace(/\/{2,}/g, '/').replace(/^\/var\/run\//, '/run/');
};

export const isSameSocket = (left: string, right: string): boolean => {
  const path = socketPath(left);
  return path !== undefined && path === socketPath(right);
};
