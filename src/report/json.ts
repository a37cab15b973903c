import type { Run } from '../core/result.ts';

/** JSON leaves DEL, C1 and bidi characters as they are; as `\u` escapes they are the same value and harmless on a terminal. */
const unescaped = /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

/**
 * The run as it is, and nothing else (design 3.12): the text of `JSON.stringify` in pieces of one host each, since that of many hosts
 * at once takes as much memory as the rest of an audit.
 */
export function* renderJson(run: Run): Generator<string> {
  const frame = jsonText({ ...run, hosts: [] }, 2);
  if (run.hosts.length === 0) {
    yield frame;
    return;
  }
  // A line break in a value is escaped, so this is found where it stands.
  const at = frame.indexOf(emptyHosts) + emptyHosts.length;
  yield frame.slice(0, at);
  for (const [index, host] of run.hosts.entries()) {
    const text = jsonText({ hosts: [host] }, 2).slice(beforeHost.length, -afterHost.length);
    yield `${index === 0 ? '' : ','}\n${text}`;
  }
  yield `\n  ${frame.slice(at)}`;
}

const emptyHosts = '\n  "hosts": [';
const beforeHost = '{\n  "hosts": [\n';
const afterHost = '\n  ]\n}\n';

export const jsonText = (value: unknown, indent: number): string => {
  const text = JSON.stringify(value, null, indent);
  return `${text.replace(unescaped, character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)}\n`;
};
