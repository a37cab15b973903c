import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { baseProblem, bootNode, type LabNode, requireLab } from '../lab/index.ts';
import { hostOf } from './support/cli.ts';
import { hostState, stateChanges } from './support/host-state.ts';
import { at, openWorkplace, type Workplace } from './support/workplace.ts';

const reason = requireLab() ?? (await baseProblem('trixie'));
const isMatrix = process.env.NODEPREP_MATRIX === '1';

describe.skipIf(reason !== undefined || !isMatrix)(`faults of a host${reason ? ` (${reason})` : ''}`, () => {
  let node: LabNode;
  let place: Workplace;
  const dropIn = '/etc/systemd/system/containerd.service.d/lab.conf';

  beforeAll(async () => {
    place = await openWorkplace();
    node = await bootNode({ suite: 'trixie' });
    await node.sh('systemctl is-system-running --wait || true');
  });
  afterAll(async () => {
    await node?.remove();
    place?.remove();
  });

  const refusedOrTakenBack = async (said: RegExp, remedy: RegExp): Promise<void> => {
    const before = await hostState(node);
    const answer = await place.json(['apply', place.inventory('faults', { host: at(node) }), '--yes']);
    const { error } = hostOf(answer, 'host');
    expect(error?.message).toMatch(said);
    expect(error?.hint).toMatch(remedy);
    expect([3, 5]).toContain(answer.code);
    expect(stateChanges(before, await hostState(node))).toEqual([]);
  };

  it('no space for packages', async () => {
    await node.sh('mount -t tmpfs -o size=2m tmpfs /var/cache/apt/archives && mkdir /var/cache/apt/archives/partial');
    await refusedOrTakenBack(/containerd.*(free space|No space left)/s, /^Make room on the file system that is named/);
    await node.sh('umount /var/cache/apt/archives');
  });

  it('lists that cannot be fetched', async () => {
    await node.sh(`mkdir /root/aside && mv /etc/apt/sources.list* /root/aside/ && mv /var/lib/apt/lists /root/aside/
      mkdir /etc/apt/sources.list.d && echo 'deb http://127.0.0.1:9/debian trixie main' >/etc/apt/sources.list`);
    await refusedOrTakenBack(
      /127\.0\.0\.1:9/,
      /^(Nothing was changed\. )?Look at whether the host reaches what is named/,
    );
    await node.sh(`rm -r /etc/apt/sources.list* /var/lib/apt/lists
      mv /root/aside/sources.list* /etc/apt/ && mv /root/aside/lists /var/lib/apt/ && rmdir /root/aside`);
  });

  it('a socket that nobody answers: the configuration puts it elsewhere', async () => {
    await node.sh('mkdir -p /etc/containerd && cat >/etc/containerd/config.toml', {
      input: 'version = 2\n[grpc]\n  address = "/run/elsewhere.sock"\n',
    });
    await refusedOrTakenBack(/socket|CRI/, /^Mend what keeps the daemon from serving/);
    await node.sh('rm -r /etc/containerd');
  });

  // On a busy machine it is dead already when the host is looked at.
  it.each([
    ['for good', 'no', /did not stay for 12 s: it is failed|containerd does not run/],
    [
      'and comes back',
      'always',
      /did not stay for 12 s: (it is activating|systemd has started it again as process \d+)|containerd does not run/,
    ],
  ])('a daemon that dies after ten seconds %s', async (_, restart, said) => {
    await node.sh(`mkdir -p "$(dirname ${dropIn})" && cat >${dropIn} && systemctl daemon-reload`, {
      input: `[Service]\nRuntimeMaxSec=10\nRestart=${restart}\nRestartSec=1\n`,
    });
    const before = await hostState(node);
    const answer = await place.json(['apply', place.inventory('dies', { host: at(node) }), '--yes']);
    expect(hostOf(answer, 'host')).toMatchObject({
      outcome: 'reverted',
      error: {
        code: 'verify-failed',
        message: expect.stringMatching(said),
        hint: expect.stringMatching(/^Mend what keeps the daemon/),
      },
    });
    expect(answer.code).toBe(3);
    expect(stateChanges(before, await hostState(node))).toEqual([]);
  });
});
