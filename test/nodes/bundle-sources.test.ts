import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { baseProblem, bootNode, type LabNode, prepareCrio, requireLab } from '../lab/index.ts';
import { pauseImage } from '../lab/pause.ts';
import { type LabRegistry, startRegistry } from '../lab/registry.ts';
import { hostOf } from './support/cli.ts';
import { cutOff } from './support/cut-off.ts';
import { dockerLeftovers } from './support/docker-leftovers.ts';
import { hostState, stateChanges } from './support/host-state.ts';
import { imageFile, pauseName, preparePodsOf } from './support/matrix/pods.ts';
import { matrixRows, type Source } from './support/matrix/rows.ts';
import { at, openWorkplace, type Workplace } from './support/workplace.ts';

const lab = requireLab() ?? (await baseProblem('trixie'));
const rows = matrixRows
  .filter(({ suite, name }) => suite === 'trixie' && name !== 'mirantis')
  .map(row => [`${row.runtime} from source ${row.source}`, row] as const);

describe.runIf(process.env.NODEPREP_MATRIX === '1').each(rows)('a bundle with %s', (_, row) => {
  let connected: LabNode;
  let node: LabNode;
  let place: Workplace;
  let registry: LabRegistry;
  let source: Source;

  beforeEach(async ({ skip }) => {
    const problem = lab ?? (await row.problem?.());
    if (problem !== undefined) skip(problem);
    place = await openWorkplace();
    // What loads an image into the store of CRI-O; pods need iptables.
    const packages = [...row.packages, ...(row.name === 'cri-o' ? ['skopeo'] : [])];
    [connected, node] = await Promise.all([
      bootNode({ suite: 'trixie' }),
      bootNode({ suite: 'trixie', cgroup: 'v1', packages }),
    ]);
    await preparePodsOf(node, row);
    if (row.name === 'cri-o') await prepareCrio(node);
    registry = await startRegistry({ images: { 'pause:3.10.1': pauseImage([]) } });
    source = await row.open(connected);
    await cutOff(node);
  });
  afterEach(async () => {
    await source?.close();
    await registry?.close();
    await Promise.all([connected?.remove(), node?.remove()]);
    place?.remove();
  });

  /** Docker takes no mirror of this registry, so its image is a file; the others have theirs fetched. */
  const inventory = (): string => {
    const isFile = row.name === 'docker';
    const runtime = {
      ...source.runtime,
      name: row.name,
      cgroupDriver: 'systemd',
      ...(isFile
        ? { archives: { ...source.runtime.archives, sandboxImage: imageFile(place) } }
        : { registryMirrors: { 'registry.k8s.io': [registry.url] } }),
    };
    return place.inventory('host', {
      host: at(node, { runtime, verify: { sandbox: 'required' } }),
      connected: at(connected),
    });
  };
  const limited = (command: string, ...flags: string[]) =>
    place.json([command, inventory(), '--limit', 'host', ...flags]);

  it('is made, installs without a network, runs a sandbox, needs nothing more, and goes back', async () => {
    const bundle = place.path('bundle');
    const from = row.source === 'archive' ? [] : ['--from', 'connected'];
    const made = await place.run(['bundle', inventory(), '--limit', 'host', ...from, '--out', bundle]);
    expect({ code: made.code, stderr: made.stderr }).toMatchObject({ code: 0 });
    if (row.name !== 'docker') expect(made.stdout).toContain(`${pauseName} for x86_64, sha256:`);
    const before = await hostState(node);

    const applied = await limited('apply', '--bundle', bundle, '--yes');
    expect(hostOf(applied, 'host').error?.message).toBeUndefined();
    expect(applied.code).toBe(0);
    expect(hostOf(applied, 'host').runtime).toMatchObject({
      ...{ version: expect.stringMatching(row.version), sandboxImage: pauseName, sandbox: 'ran' },
    });

    const again = await limited('plan', '--bundle', bundle, '--detailed-exitcode');
    expect({ code: again.code, changes: hostOf(again, 'host').changes }).toEqual({ code: 0, changes: [] });

    const back = await limited('rollback', '--yes');
    expect(hostOf(back, 'host').error?.message).toBeUndefined();
    // On cgroup v1 in a container systemd is not told that the scope of a conmon is empty.
    if (row.name === 'cri-o') await node.sh("systemctl stop 'crio-conmon-*.scope'");
    const lost = stateChanges(before, await hostState(node));
    expect(lost.filter(change => !(row.name === 'docker' && dockerLeftovers.test(change)))).toEqual([]);
  });
});
