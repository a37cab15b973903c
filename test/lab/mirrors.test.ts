import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { machineMirrors, parseDeb822, parseOneLine } from './mirrors.ts';

describe('apt sources', () => {
  it('reads one-line entries with options and comments', () => {
    const text =
      '# deb http://old.test a main\ndeb [arch=amd64 signed-by=/k] http://a.test/debian/ trixie main contrib # x\n';
    expect(parseOneLine(text)).toEqual([
      { uri: 'http://a.test/debian', suite: 'trixie', components: ['main', 'contrib'] },
    ]);
  });

  it('reads deb822 stanzas with several suites, continuation lines and disabled ones', () => {
    const text = [
      'Types: deb deb-src\nURIs: http://a.test/debian\nSuites: trixie\n trixie-updates\nComponents: main',
      'Enabled: no\nTypes: deb\nURIs: http://b.test\nSuites: x\nComponents: main',
      'Types: deb-src\nURIs: http://c.test\nSuites: x\nComponents: main',
    ].join('\n\n');
    expect(parseDeb822(text).map(source => [source.uri, source.suite])).toEqual([
      ['http://a.test/debian', 'trixie'],
      ['http://a.test/debian', 'trixie-updates'],
    ]);
  });
});

describe('mirrors of this machine', () => {
  let etc: string;
  beforeEach(() => {
    vi.stubEnv('NODEPREP_LAB_MIRROR', undefined);
    etc = mkdtempSync(join(tmpdir(), 'nodeprep-etc-'));
    mkdirSync(join(etc, 'apt', 'sources.list.d'), { recursive: true });
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(etc, { recursive: true });
  });

  it('are the entries of its own release, not those of other vendors', () => {
    writeFileSync(join(etc, 'os-release'), 'ID=debian\nVERSION_CODENAME=bookworm\n');
    writeFileSync(join(etc, 'apt', 'sources.list.d', 'a.list'), 'deb http://vendor.test/repo vendor-bookworm main\n');
    const own = 'deb http://m.test/debian bookworm main\ndeb http://s.test/sec/ bookworm-security main\n';
    writeFileSync(join(etc, 'apt', 'sources.list'), own);
    expect(machineMirrors(etc)).toEqual({ main: 'http://m.test/debian', security: 'http://s.test/sec' });
  });

  it('are unknown where the machine is no Debian', () => {
    writeFileSync(join(etc, 'os-release'), 'ID=ubuntu\nVERSION_CODENAME=noble\n');
    writeFileSync(join(etc, 'apt', 'sources.list'), 'deb http://u.test/ubuntu noble main\n');
    expect(machineMirrors(etc)).toBeUndefined();
  });
});
