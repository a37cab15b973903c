import { writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { baseProblem, bootNode, type LabNode, prepareCrio, requireLab } from '../lab/index.ts';
import { pauseImage } from '../lab/pause.ts';
import { type LabRegistry, startRegistry } from '../lab/registry.ts';
import { findingOf, hostOf } from './support/cli.ts';
import { cutOff } from './support/cut-off.ts';
import { dockerLeftovers } from './support/docker-leftovers.ts';
import { hostState, stateChanges } from './support/host-state.ts';
import { pauseName, preparePodsOf } from './support/matrix/pods.ts';
import { bootRow, type MatrixRow, matrixRows, releaseOf, type Source } from './support/matrix/rows.ts';
import { at, openWorkplace, type Workplace } from './support/workplace.ts';

const lab = requireLab() ?? (await baseProblem('trixie'));
/** Over rpm only upstream's packages: archives are the same wherever they go; containerd.io by rpm is tried in bundle-by-rpm.ts. */
const isBundled = ({ suite, name, source, rpm }: MatrixRow): boolean =>
  suite === 'trixie' &&
  name !== 'mirantis' &&
  (rpm === undefined || (source === 'upstream' && (name === 'docker' || name === 'cri-o')));
const rows = matrixRows
  .filter(isBundled)
  .map(row => [`${row.runtime} from source ${row.source} on ${releaseOf(row)}`, row] as const);

/** By a script of readline-common, which skopeo brings to a host as bare as the lab's; it goes with a purge of that package alone. */
const scriptMade = /\/etc\/inputrc\b/;

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
    const { rpm } = row;
    [connected, node] = await Promise.all([
      rpm === undefined ? bootNode({ suite: 'trixie' }) : bootRow(row),
      bootRow(row),
    ]);
    await preparePodsOf(node, row);
    if (row.name === 'cri-o' && row.source === 'upstream' && rpm === undefined) await prepareCrio(node);
    registry = await startRegistry({ images: { 'pause:3.10.1': pauseImage([]) }, tls: isDocker });
    // Parts of archives that only a lab needs go to the node that they will run on.
    source = await row.open(row.source === 'archive' ? node : connected);
    const reaches = `bash -c 'true >/dev/tcp/${registry.host.replace(':', '/')}'`;
    await node.sh(reaches);
    await cutOff(node, reaches);
  });
  afterEach(async () => {
    await source?.close();
    await registry?.close();
    await Promise.all([connected?.remove(), node?.remove()]);
    place?.remove();
  });

  const isDocker = row.name === 'docker';
  /** Docker takes no mirror of registry.k8s.io, so its image is named by the registry that has it. */
  const image = () => (isDocker ? `${registry.host}/pause:3.10.1` : pauseName);
  const ownRegistry = () => {
    writeFileSync(place.path('ca.pem'), registry.ca ?? '');
    return { sandboxImage: image(), registries: { [registry.host]: { ca: './ca.pem' } } };
  };
  const inventory = (): string =>
    place.inventory('host', {
      host: at(node, {
        runtime: {
          ...source.runtime,
          name: row.name,
          cgroupDriver: 'systemd',
          ...(isDocker ? ownRegistry() : { registryMirrors: { 'registry.k8s.io': [registry.url] } }),
        },
        verify: { sandbox: 'required' },
      }),
      connected: at(connected),
    });
  const limited = (command: string, ...flags: string[]) =>
    place.json([command, inventory(), '--limit', 'host', ...flags]);

  it('is made, installs without a network, runs a sandbox, needs nothing more, and goes back', async () => {
    const bundle = place.path('bundle');
    // CRI-O's own archive needs no package, but its image does: skopeo.
    const from = row.source === 'archive' && row.name !== 'cri-o' ? [] : ['--from', 'connected'];
    const made = await place.run(['bundle', inventory(), '--limit', 'host', ...from, '--out', bundle]);
    expect({ code: made.code, stderr: made.stderr }).toMatchObject({ code: 0 });
    expect(made.stdout).toContain(`${image()} for x86_64, sha256:`);
    const before = await hostState(node);

    const applied = await limited('apply', '--bundle', bundle, '--yes');
    expect(hostOf(applied, 'host').error?.message).toBeUndefined();
    expect(applied.code).toBe(0);
    expect(hostOf(applied, 'host').runtime).toMatchObject({
      ...{ version: expect.stringMatching(row.version), sandboxImage: image(), sandbox: 'ran' },
    });
    const { status } = findingOf(hostOf(applied, 'host'), 'runtime-packages-held');
    expect(status).toBe(row.source === 'archive' ? 'skip' : 'pass');

    const again = await limited('plan', '--bundle', bundle, '--detailed-exitcode');
    expect({ code: again.code, changes: hostOf(again, 'host').changes }).toEqual({ code: 0, changes: [] });

    const back = await limited('rollback', '--yes');
    expect(hostOf(back, 'host').error?.message).toBeUndefined();
    // On cgroup v1 in a container systemd is not told that the scope of a conmon is empty.
    if (row.name === 'cri-o') await node.sh("systemctl stop 'crio-conmon-*.scope'");
    const lost = stateChanges(before, await hostState(node));
    const stays = isDocker ? dockerLeftovers : scriptMade;
    expect(lost.filter(change => !stays.test(change))).toEqual([]);
  });
});
