import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askCri } from '../../src/cri/ask-cri.ts';
import { bridgeTools } from '../../src/cri/bridge-program.ts';
import { shellConnection } from '../cri/shell-connection.ts';
import { bootNode, type LabNode, requireLab, type Suite, sshArgs } from '../lab/index.ts';

const reason = requireLab();
const socket = '/run/containerd/containerd.sock';

/** What the three generations of containerd answer: RuntimeConfig and handlers come with 2.x, the sandbox image goes. */
const generations = {
  bookworm: { version: /^1\.6\./, driver: null, handlers: [] as string[], hasSandboxImage: true },
  trixie: { version: /^1\.7\./, driver: null, handlers: [] as string[], hasSandboxImage: true },
  sid: { version: /^2\./, driver: 'cgroupfs', handlers: ['runc'], hasSandboxImage: false },
} as const satisfies Record<Suite, object>;

describe.skipIf(reason).each(Object.entries(generations))(
  `containerd of %s${reason ? ` (${reason})` : ''}`,
  (suite, generation) => {
    let node: LabNode;
    const connection = () => shellConnection(['ssh', '-T', ...sshArgs(node.user, node.address), 'sudo -n sh -s']);
    const bridges = () => node.exec("ps -eo args | grep -E '^(socat|nc|perl|python3) .*(UNIX|-U|BRIDGE)' || true");

    beforeAll(async () => {
      const packages = ['containerd', 'socat', 'netcat-openbsd', 'python3'];
      node = await bootNode({ suite: suite as Suite, packages });
      await node.sh('systemctl start containerd');
    });
    afterAll(() => node?.remove());

    it.each(bridgeTools)('answers over %s and leaves nothing running', async tool => {
      const answer = await askCri(connection(), socket, { timeoutMs: 30_000, tools: [tool] });
      expect(answer).toMatchObject({
        answered: true,
        runtimeName: 'containerd',
        runtimeVersion: expect.stringMatching(generation.version),
        cgroupDriver: generation.driver,
        handlers: generation.handlers,
      });
      if (!answer.answered) return;
      expect(answer.conditions.map(({ type }) => type)).toEqual(
        expect.arrayContaining(['RuntimeReady', 'NetworkReady']),
      );
      expect(answer.config).toHaveProperty('containerd.runtimes.runc.options.SystemdCgroup', false);
      expect(Object.hasOwn(answer.config ?? {}, 'sandboxImage')).toBe(generation.hasSandboxImage);
      await expect.poll(async () => (await bridges()).stdout.trim(), { timeout: 20_000 }).toBe('');
    });

    it('says that the CRI plugin is off', async () => {
      await node.sh(
        `mkdir -p /etc/containerd && printf 'version = 2\\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\\n' > /etc/containerd/config.toml && systemctl restart containerd`,
      );
      const answer = await askCri(connection(), socket, { timeoutMs: 30_000 });
      expect(answer).toMatchObject({ answered: false, reason: expect.stringContaining('CRI plugin is off') });
    });

    it('says that nothing is there when containerd is stopped', async () => {
      await node.sh('systemctl stop containerd');
      const answer = await askCri(connection(), socket, { timeoutMs: 30_000 });
      expect(answer).toMatchObject({
        answered: false,
        reason: expect.stringMatching(/no such socket|nothing listens/),
      });
    });
  },
);
