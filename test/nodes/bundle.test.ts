import { cpSync, readdirSync, readFileSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sha256 } from '../lab/image.ts';
import { baseProblem, bootNode, type LabNode, requireLab } from '../lab/index.ts';
import { pauseArchive } from '../lab/pause.ts';
import { preparePods } from '../lab/pods.ts';
import { hostOf } from './support/cli.ts';
import { cutOff } from './support/cut-off.ts';
import { hostState } from './support/host-state.ts';
import { at, openWorkplace, type Workplace } from './support/workplace.ts';

const reason = requireLab() ?? (await baseProblem('trixie'));
const pause = 'registry.k8s.io/pause:3.10.1';

describe.skipIf(reason)(`a bundle${reason ? ` (${reason})` : ''}`, () => {
  let connected: LabNode;
  let node: LabNode;
  let place: Workplace;
  let image: { readonly file: string; readonly sha256: string };
  const bundle = () => place.path('bundle');
  const inventory = (runtime: object = {}): string =>
    place.inventory(`inventory-${JSON.stringify(runtime).length}`, {
      host: at(node, { runtime: { sandboxImage: pause, archives: { sandboxImage: image }, ...runtime } }),
      connected: at(connected),
    });
  const json = (command: string, directory: string, ...flags: string[]) =>
    place.json([command, inventory(), '--limit', 'host', '--bundle', directory, ...flags]);

  beforeAll(async () => {
    place = await openWorkplace();
    [connected, node] = await Promise.all([bootNode({ suite: 'trixie' }), bootNode({ suite: 'trixie', cgroup: 'v1' })]);
    await preparePods(node);
    const archive = pauseArchive([pause]);
    image = { file: place.path('pause.tar'), sha256: sha256(archive) };
    writeFileSync(image.file, archive);
    await cutOff(node);
  });
  afterAll(async () => {
    await Promise.all([connected?.remove(), node?.remove()]);
    place?.remove();
  });

  it('is made by a connected host, which stays as it is', async () => {
    const before = await hostState(connected);
    const { code, stdout, stderr } = await place.run([
      ...['bundle', inventory(), '--limit', 'host', '--from', 'connected', '--out', bundle()],
    ]);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stdout).toContain('debian 13 (trixie) x86_64: ');
    expect(stdout).toMatch(/containerd 1\.7\.\S+, and what they need/);
    expect(await hostState(connected)).toEqual(before);
    expect(await connected.sh('find /var/tmp -name "nodeprep*"')).toBe('');
  });

  it('installs a runtime and its image on a host that reaches nothing, and goes without a trace', async () => {
    const before = await hostState(node);
    const applied = await json('apply', bundle(), '--yes');
    expect(hostOf(applied, 'host').error).toBeUndefined();
    expect(applied.code).toBe(0);
    expect(hostOf(applied, 'host').runtime).toMatchObject({ sandboxImage: pause, sandbox: 'ran' });
    expect(await node.sh('ctr -n k8s.io images ls | grep -c io.cri-containerd.pinned=pinned')).not.toBe('0');
    expect(await node.sh('ls /var/lib/nodeprep /var/lib/nodeprep/runs/*')).not.toMatch(/incoming|bundle/);

    const again = await json('plan', bundle(), '--detailed-exitcode');
    expect({ code: again.code, changes: hostOf(again, 'host').changes }).toEqual({ code: 0, changes: [] });

    const back = await place.json(['rollback', inventory(), '--limit', 'host', '--yes']);
    expect(back.code).toBe(0);
    expect(await hostState(node)).toEqual(before);
  });

  it('is refused where it is not whole, or not for this host', async () => {
    const before = await hostState(node);
    const other = (name: string, change: (directory: string) => void): string => {
      const directory = place.path(name);
      cpSync(bundle(), directory, { recursive: true });
      change(directory);
      return directory;
    };
    const packagesOf = (directory: string): string =>
      join(directory, 'packages', readdirSync(join(directory, 'packages'))[0] ?? '');
    const debOf = (directory: string, name: string): string =>
      join(packagesOf(directory), readdirSync(packagesOf(directory)).find(file => file.startsWith(`${name}_`)) ?? '');
    const edit = (directory: string, change: (text: string) => string): void => {
      const path = join(directory, 'bundle.json');
      writeFileSync(path, change(readFileSync(path, 'utf8')));
    };
    /** Whole, but made where this package was not on offer. */
    const without = (name: string): string =>
      other(`without-${name}`, directory => {
        const index = join(packagesOf(directory), 'Packages');
        const stanzas = readFileSync(index, 'utf8').split('\n\n');
        const text = Buffer.from(stanzas.filter(stanza => !stanza.startsWith(`Package: ${name}\n`)).join('\n\n'));
        writeFileSync(index, text);
        edit(directory, listed => {
          const manifest = JSON.parse(listed);
          const [release] = manifest.releases;
          release.packages = release.packages.filter((one: { name: string }) => one.name !== name);
          Object.assign(release.index, { sha256: sha256(text), bytes: text.length });
          return JSON.stringify(manifest);
        });
      });
    const wrong: readonly (readonly [string, number, RegExp])[] = [
      [
        other('cut', directory => truncateSync(debOf(directory, 'runc'), 1_000)),
        5,
        /runc_\S+ of the bundle has 1000 bytes, its list says \d+/,
      ],
      [
        other('altered', directory => {
          const path = debOf(directory, 'runc');
          const content = readFileSync(path);
          content[2_000] = (content[2_000] ?? 0) ^ 1;
          writeFileSync(path, content);
        }),
        5,
        /runc_\S+ of the bundle has sha256 [0-9a-f]{64}, its list says/,
      ],
      [other('gone', directory => renameSync(debOf(directory, 'runc'), place.path('runc.deb'))), 5, /lacks \S+runc_/],
      [
        other('foreign', directory => edit(directory, text => text.replace('"trixie"', '"bookworm"'))),
        5,
        /the bundle holds packages for debian 13 \(bookworm\) x86_64, and this host is debian 13 \(trixie\) x86_64/,
      ],
      [
        other('imageless', directory =>
          edit(directory, text => JSON.stringify({ ...JSON.parse(text), archives: [], releases: [] })),
        ),
        5,
        /holds packages for no release at all/,
      ],
      [without('runc'), 5, /the bundle lacks what containerd needs on this host: containerd : Depends: runc/],
      [without('containerd'), 5, /the bundle has no package containerd for debian 13 \(trixie\) x86_64/],
      [place.directory, 2, /is not a bundle: it has no bundle.json/],
    ];
    for (const [directory, code, said] of wrong) {
      const {
        code: found,
        stdout,
        stderr,
      } = await place.run(['apply', inventory(), '--limit', 'host', '--bundle', directory, '--yes']);
      expect({ directory, found, told: `${stdout}${stderr}`.replace(/\s+/g, ' ') }).toEqual({
        directory,
        found: code,
        told: expect.stringMatching(said),
      });
    }
    expect(await hostState(node)).toEqual(before);
  });
});
