export type Path = readonly PropertyKey[];

/** `hosts.worker-1.ssh.port`, `waivers[0].check`, `hosts["a.example.com"].address` */
export const formatPath = (path: Path): string =>
  path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    const name = String(step);
    if (!/^[\w-]+$/.test(name)) return `${text}[${JSON.stringify(name)}]`;
    return text === '' ? name : `${text}.${name}`;
  }, '');

/** How people call the thing at a path: `host worker-1` rather than `hosts.worker-1`. */
export const describePath = (path: Path): string => {
  const [section, name, ...rest] = path;
  if (rest.length > 0 || name === undefined) return formatPath(path);
  if (section === 'hosts') return `host ${String(name)}`;
  return section === 'groups' ? `group ${String(name)}` : formatPath(path);
};
