import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const templates = fileURLToPath(new URL('../../templates/host/', import.meta.url));
const url = 'https://packages.example/key.asc';
const withPassword = 'http://ops:secret@proxy.example:3128';
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'nodeprep-key-'));
  // Says what every user of a host could read, and what root alone can.
  const program = `#!/bin/sh\nprintf 'words %s\\nhttps_proxy %s\\nno_proxy %s\\n' "$*" "$https_proxy" "$no_proxy" >${directory}/asked\n`;
  writeFileSync(join(directory, 'curl'), program);
  chmodSync(join(directory, 'curl'), 0o755);
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** Of a host without apt, whose dnf.conf says this. */
const asked = (conf: string, ofInventory: string) => {
  writeFileSync(join(directory, 'dnf.conf'), conf);
  const parts = ['library', 'archive', 'rpm', 'package-dnf', 'repository-apt'].map(name => `. ${templates}${name}.sh`);
  const program = `${parts.join('; ')}
MANAGER=dnf RUN=${directory} OUT=${directory}/out DNF_CONF=${directory}/dnf.conf APT_HELPER=${directory}/none PATH=${directory}:$PATH
bounded() { shift; "$@"; }
key_download ${url} ${directory}/key '${ofInventory}'
cat ${directory}/asked`;
  const { stdout, stderr } = spawnSync('sh', ['-c', program], { encoding: 'utf8' });
  expect(stderr).toBe('');
  const [words, proxy, sparing] = stdout.split('\n').map(line => line.slice(line.indexOf(' ') + 1));
  return { words, proxy, sparing };
};

describe('the proxy through which the key of a repository comes, where dnf is', () => {
  test.each([
    ['none', '', '-', ''],
    ["that of dnf's own file", `[main]\nproxy=${withPassword}\n`, '-', withPassword],
    ['none, as that file says', '[main]\nproxy=_none_\n', '-', ''],
    [
      "that of the inventory, whatever dnf's file says",
      '[main]\nproxy=http://other.example\n',
      `|${withPassword}|`,
      withPassword,
    ],
  ])('%s', (_, conf, ofInventory, proxy) => {
    expect(asked(conf, ofInventory)).toMatchObject({
      proxy,
      words: expect.stringMatching(/--output \S+\/key https:\S+$/),
    });
  });

  test('no word that other users of the host can read names its password', () => {
    expect(asked(`proxy = ${withPassword}\n`, '-').words).not.toContain('secret');
    expect(asked('', `|${withPassword}|`).words).not.toContain('secret');
  });
});
