import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { env } from 'node:process';

/** Where this machine's apt gets Debian from. The lab names no host of its own. */
export interface Mirrors {
  main: string;
  security?: string;
}

interface Source {
  uri: string;
  suite: string;
  components: string[];
}

/** The machine's own Debian mirrors, or undefined where apt has none (then NODEPREP_LAB_MIRROR can name one). */
export function machineMirrors(root = '/etc'): Mirrors | undefined {
  const named = env.NODEPREP_LAB_MIRROR;
  const security = env.NODEPREP_LAB_SECURITY_MIRROR;
  if (named !== undefined) return security === undefined ? { main: named } : { main: named, security };
  const sources = readSources(join(root, 'apt'));
  const codename = osRelease(root).VERSION_CODENAME ?? 'sid';
  if (osRelease(root).ID !== 'debian') return undefined;
  const main = sources.find(s => [codename, 'stable', 'testing', 'unstable', 'sid'].includes(s.suite));
  const fixes = sources.find(s => s.suite === `${codename}-security`);
  if (main === undefined) return undefined;
  return fixes === undefined ? { main: main.uri } : { main: main.uri, security: fixes.uri };
}

function readSources(directory: string): Source[] {
  const sources: Source[] = [];
  const parts = list(join(directory, 'sources.list.d')).map(name => join(directory, 'sources.list.d', name));
  for (const file of [join(directory, 'sources.list'), ...parts]) {
    const text = read(file);
    if (file.endsWith('.sources')) sources.push(...parseDeb822(text));
    else if (file.endsWith('.list')) sources.push(...parseOneLine(text));
  }
  return sources.filter(s => /^https?:/.test(s.uri) && s.components.includes('main'));
}

export function parseOneLine(text: string): Source[] {
  return text.split('\n').flatMap(line => {
    const words = line
      .replace(/#.*/, '')
      .replace(/\[.*?\]/, '')
      .trim()
      .split(/\s+/);
    const [type, uri, suite, ...components] = words;
    return type === 'deb' && uri && suite ? [{ uri: trimSlash(uri), suite, components }] : [];
  });
}

export function parseDeb822(text: string): Source[] {
  return text.split(/\n\s*\n/).flatMap(stanza => {
    const fields = stanzaFields(stanza);
    const words = (name: string): string[] => (fields.get(name) ?? '').split(/\s+/).filter(Boolean);
    if (!words('types').includes('deb') || words('enabled')[0] === 'no') return [];
    return words('uris').flatMap(uri =>
      words('suites').map(suite => ({ uri: trimSlash(uri), suite, components: words('components') })),
    );
  });
}

function stanzaFields(stanza: string): Map<string, string> {
  const fields = new Map<string, string>();
  let current = '';
  for (const line of stanza.split('\n').filter(l => !l.startsWith('#'))) {
    const start = /^([\w-]+):(.*)$/.exec(line);
    if (start) current = (start[1] ?? '').toLowerCase();
    if (current) fields.set(current, `${fields.get(current) ?? ''} ${start ? start[2] : line}`);
  }
  return fields;
}

function osRelease(root: string): Record<string, string> {
  const pairs = read(join(root, 'os-release'))
    .split('\n')
    .map(line => line.split('=', 2));
  return Object.fromEntries(pairs.map(([key, value]) => [key ?? '', (value ?? '').replaceAll('"', '')]));
}

function trimSlash(uri: string): string {
  return uri.replace(/\/+$/, '');
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function list(directory: string): string[] {
  try {
    return readdirSync(directory).sort();
  } catch {
    return [];
  }
}
