import { describe, expect, test } from 'vitest';
import { type AptSources, aptEntries } from '../../../src/facts/apt-sources.ts';
import { buildHostPlan } from '../../../src/plan/build-plan.ts';
import { desiredNode } from '../../desired.ts';
import { aFile } from '../../host-file.ts';
import { observed } from '../../plan/facts.ts';

const packageMirror = 'https://mirrors.example.com';
const list = '/etc/apt/sources.list';
const debian = 'deb http://ftp.debian.org/debian trixie main\n';
const docker = 'deb [signed-by=/etc/apt/keyrings/docker.asc] https://download.docker.com/linux/debian trixie stable\n';

const aptOf = (text: string): AptSources => ({
  manager: 'apt',
  entries: aptEntries(list, text),
  files: [aFile(list, text)],
  own: [],
  keys: {},
});

const planned = (text: string, source: 'distribution' | 'upstream' = 'distribution') =>
  buildHostPlan(observed({ aptSources: aptOf(text) }), desiredNode({ packageMirror, runtime: { source } }), {
    mask: one => one,
    withoutDrain: false,
    allowIrreversible: false,
  });

const kinds = (plan: ReturnType<typeof planned>) =>
  plan.changes.filter(({ target }) => /apt|containerd/.test(target)).map(({ kind, target }) => `${kind} ${target}`);

describe('a mirror of packages', () => {
  test('comes before the package, whose version shows in the next round', () => {
    const plan = planned(debian);
    expect(plan.refusals).toEqual([]);
    expect(kinds(plan)).toEqual([`file ${list}`, `package-lists ${list}`]);
    expect(plan.later).toContainEqual(expect.objectContaining({ target: 'containerd' }));
  });

  test('that is there already is not waited for', () => {
    const text = `deb ${packageMirror}/debian trixie main\n`;
    expect(kinds(planned(text))).toEqual(['package containerd']);
  });

  test("has upstream's repository too, by its own key", () => {
    const plan = planned(debian, 'upstream');
    expect(plan.changes).toContainEqual(
      expect.objectContaining({
        kind: 'repository-key',
        fingerprint: '9DC858229FC7DD38854AE2D88D81803C0EBFCD88',
        key: { from: 'url', url: `${packageMirror}/docker-ce/linux/debian/gpg` },
      }),
    );
  });

  test('a repository of upstream that somebody set up moves there, and no second one comes beside it', () => {
    expect(kinds(planned(docker, 'upstream'))).toEqual([`file ${list}`, `package-lists ${list}`]);
  });

  test('of a host that reaches nothing nothing moves', () => {
    const desired = desiredNode({ packageMirror, runtime: { offline: true } });
    const plan = buildHostPlan(observed({ aptSources: aptOf(debian) }), desired, {
      mask: one => one,
      withoutDrain: false,
      allowIrreversible: false,
    });
    expect(kinds(plan)).toEqual(['package containerd']);
  });
});
