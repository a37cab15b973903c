import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { baseProblem, type LabNode, requireLab } from '../lab/index.ts';
import { hostOf } from './support/cli.ts';
import { dockerLeftovers } from './support/docker-leftovers.ts';
import { hostState, stateChanges } from './support/host-state.ts';
import { bootRow, matrixRow, type Source } from './support/matrix/rows.ts';
import { at, openWorkplace, type Workplace } from './support/workplace.ts';

const isMatrix = process.env.NODEPREP_MATRIX === '1';

interface FileOf {
  readonly path: string;
  readonly text: string;
}

/** What goes wrong with one runtime on a host that has none, and how it shows. */
interface Faulty {
  readonly row: string;
  /** A file that the runtime cannot read, and where that is. */
  readonly broken: readonly (readonly [what: string, file: FileOf, said: RegExp])[];
  /** Its configuration puts the socket elsewhere. */
  readonly elsewhere: FileOf & { readonly said: RegExp };
  /** Those that die, each by itself. */
  readonly daemons: readonly string[];
}

const faulty: readonly Faulty[] = [
  {
    row: 'containerd 1.7',
    broken: [
      [
        'config.toml',
        { path: '/etc/containerd/config.toml', text: 'version = 2\n[grpc]\n  address = /run/elsewhere.sock\n' },
        /\/etc\/containerd\/config\.toml:3:13: /,
      ],
    ],
    elsewhere: {
      path: '/etc/containerd/config.toml',
      text: 'version = 2\n[grpc]\n  address = "/run/elsewhere.sock"\n',
      said: /socket|CRI/,
    },
    daemons: ['containerd'],
  },
  {
    row: 'CRI-O 1.36',
    broken: [
      [
        'crio.conf',
        { path: '/etc/crio/crio.conf', text: '[crio.runtime]\nlog_level = "warn\n' },
        /\/etc\/crio\/crio\.conf:2:\d+: /,
      ],
      [
        'a file of crio.conf.d',
        { path: '/etc/crio/crio.conf.d/50-site.conf', text: '# ours\n[crio.runtime\n' },
        /\/etc\/crio\/crio\.conf\.d\/50-site\.conf:\d+:\d+: /,
      ],
    ],
    elsewhere: {
      path: '/etc/crio/crio.conf.d/50-site.conf',
      text: '[crio.api]\nlisten = "/run/elsewhere.sock"\n',
      said: /^after \d rounds the plan still holds: crio\.service /,
    },
    daemons: ['crio'],
  },
  {
    row: 'docker.io 26',
    broken: [
      [
        'daemon.json',
        { path: '/etc/docker/daemon.json', text: '{\n  "debug": true,\n}\n' },
        /\/etc\/docker\/daemon\.json:3:1: /,
      ],
    ],
    elsewhere: {
      path: '/etc/systemd/system/cri-docker.service.d/50-site.conf',
      text: '[Service]\nExecStart=\nExecStart=/usr/bin/cri-dockerd --container-runtime-endpoint unix:///run/elsewhere.sock\n',
      said: /^after \d rounds the plan still holds: cri-docker\.service /,
    },
    daemons: ['docker', 'cri-docker'],
  },
];

describe.runIf(isMatrix).each(faulty)('faults of a host, with $row', async ({ row: name, ...fault }) => {
  const row = matrixRow(name);
  const reason = requireLab() ?? (await baseProblem(row.suite)) ?? (await row.problem?.());
  describe.skipIf(reason)(reason ?? 'on a node', () => {
    let node: LabNode;
    let place: Workplace;
    let source: Source;

    beforeAll(async () => {
      place = await openWorkplace();
      node = await bootRow(row);
      source = await row.open(node);
      await node.sh('systemctl is-system-running --wait || true');
    });
    afterAll(async () => {
      await source?.close();
      await node?.remove();
      place?.remove();
    });

    const put = ({ path, text }: FileOf) =>
      node.sh(`mkdir -p "$(dirname ${path})" && cat >${path} && systemctl daemon-reload`, { input: text });
    const drop = ({ path }: FileOf) =>
      node.sh(`rm ${path}; rmdir -p --ignore-fail-on-non-empty "$(dirname ${path})"; systemctl daemon-reload`);
    const beside = async <T>(file: FileOf, act: () => Promise<T>): Promise<T> => {
      await put(file);
      return act().finally(() => drop(file));
    };
    /** It ends as it should, and the host is as before. */
    const ended = async () => {
      const before = await hostState(node);
      const runtime = { name: row.name, ...source.runtime };
      const inventory = place.inventory('faults', { host: at(node, { runtime, verify: { sandbox: 'off' } }) });
      const { code, run } = await place.json(['apply', inventory, '--yes']);
      const lost = stateChanges(before, await hostState(node));
      expect(lost.filter(change => row.name !== 'docker' || !dockerLeftovers.test(change))).toEqual([]);
      return { code, ...hostOf({ code, run, stdout: '', stderr: '' }, 'host') };
    };

    it.each(fault.broken)('%s that cannot be read', async (_, file, said) => {
      const { code, outcome, error } = await beside(file, ended);
      expect({ code, outcome, message: error?.message }).toEqual({
        code: 5,
        outcome: 'unchanged',
        message: expect.stringMatching(said),
      });
    });

    it('a socket that nobody answers: the configuration puts it elsewhere', async () => {
      const { code, error } = await beside(fault.elsewhere, ended);
      expect(error?.message).toMatch(fault.elsewhere.said);
      expect(error?.hint).toMatch(/^Mend what keeps the daemon from serving/);
      expect([3, 5]).toContain(code);
    });

    const stays = /did not stay for 12 s: (it is (failed|activating)|systemd has started it again as process \d+)/;
    const deaths = fault.daemons.flatMap(daemon =>
      (
        [
          ['for good', 'no'],
          ['and comes back', 'always'],
        ] as const
      ).map(([how, restart]) => [daemon, how, restart] as const),
    );
    // On a busy machine it is dead already when the host is looked at.
    it.each(deaths)('a %s that dies after ten seconds %s', async (daemon, _, restart) => {
      const dropIn = {
        path: `/etc/systemd/system/${daemon}.service.d/lab.conf`,
        text: `[Service]\nRuntimeMaxSec=10\nRestart=${restart}\nRestartSec=1\n`,
      };
      const { code, outcome, error } = await beside(dropIn, ended);
      expect({ outcome, error }).toMatchObject({
        outcome: 'reverted',
        error: {
          code: 'verify-failed',
          message: expect.stringMatching(new RegExp(`${stays.source}|does not run`)),
          hint: expect.stringMatching(/^Mend what keeps the daemon/),
        },
      });
      expect(code).toBe(3);
    });

    it.runIf(row.name === 'containerd')('no space for packages', async () => {
      await node.sh('mount -t tmpfs -o size=2m tmpfs /var/cache/apt/archives && mkdir /var/cache/apt/archives/partial');
      const { code, error } = await ended();
      await node.sh('umount /var/cache/apt/archives');
      expect(error?.message).toMatch(/containerd.*(free space|No space left)/s);
      expect(error?.hint).toMatch(/^Make room on the file system that is named/);
      expect([3, 5]).toContain(code);
    });

    it.runIf(row.name === 'containerd')('lists that cannot be fetched', async () => {
      await node.sh(`mkdir /root/aside && mv /etc/apt/sources.list* /root/aside/ && mv /var/lib/apt/lists /root/aside/
        mkdir /etc/apt/sources.list.d && echo 'deb http://127.0.0.1:9/debian trixie main' >/etc/apt/sources.list`);
      const { code, error } = await ended();
      await node.sh(`rm -r /etc/apt/sources.list* /var/lib/apt/lists
        mv /root/aside/sources.list* /etc/apt/ && mv /root/aside/lists /var/lib/apt/ && rmdir /root/aside`);
      expect(error?.message).toMatch(/127\.0\.0\.1:9/);
      expect(error?.hint).toMatch(/^(Nothing was changed\. )?Look at whether the host reaches what is named/);
      expect([3, 5]).toContain(code);
    });
  });
});
