import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { KubectlHost } from '../../src/cluster/host-connections.ts';
import { openHostKubectl } from '../../src/cluster/host-kubectl.ts';
import { hostProgram } from '../../src/cluster/host-program.ts';
import { openCluster } from '../../src/cluster/open-cluster.ts';
import type { Connection } from '../../src/connect/connection.ts';
import { NodeprepError } from '../../src/core/errors.ts';
import { shellConnection } from '../cri/shell-connection.ts';
import { scriptedConnection } from '../facts/scripted-connection.ts';
import { fakeApi, fakeClock } from './fake-api.ts';

const answering =
  (code: number, stdout: string, stderr = ''): (() => Promise<Connection>) =>
  async () =>
    scriptedConnection({ say: () => [stdout], stderr, exit: { code, signal: null } });

const host = (name: string, open: () => Promise<Connection>): KubectlHost & { readonly opened: () => number } => {
  let opened = 0;
  return {
    name,
    opened: () => opened,
    open: () => {
      opened += 1;
      return open();
    },
  };
};

const unreachable = async (): Promise<Connection> => {
  throw new NodeprepError('connect-timeout', '10.0.0.11:22 did not answer within 10 s.');
};
const good = answering(0, '{"a":1}');
const away = answering(
  1,
  '',
  'The connection to the server 10.0.0.11:6443 was refused - did you specify the right host or port?\n',
);
const notFound = answering(1, '', 'Error from server (NotFound): nodes "x" not found\n');

describe('kubectl on control-plane hosts', () => {
  it.each<[string, () => Promise<Connection>]>([
    ['that cannot be reached', unreachable],
    ['whose API server is away', away],
    ['without kubectl', answering(86, '')],
    ['without admin.conf', answering(87, '')],
    ['whose certificates have ended', answering(1, '', 'error: You must be logged in to the server (Unauthorized)\n')],
    ['that broke off', async () => scriptedConnection({ say: () => [], exit: { code: null, signal: null } })],
  ])('passes over one %s', async (_what, open) => {
    const bad = host('cp-1', open);
    const next = host('cp-2', good);
    const port = openHostKubectl([bad, next]);
    expect(await port.kubectl(['get'])).toMatchObject({ code: 0, stdout: '{"a":1}' });
    // Whoever has answered is asked first from then on.
    await port.kubectl(['get']);
    expect(bad.opened()).toBe(1);
  });

  it('takes the answer of an API server for an answer', async () => {
    const second = host('cp-2', good);
    const port = openHostKubectl([host('cp-1', notFound), second]);
    expect(await port.kubectl(['get'])).toMatchObject({ code: 1, stderr: expect.stringContaining('NotFound') });
    expect(second.opened()).toBe(0);
  });

  it('names each host and what is wrong with it', async () => {
    const port = openHostKubectl([host('cp-1', unreachable), host('cp-2', answering(86, ''))]);
    await expect(port.kubectl(['get'])).rejects.toMatchObject({
      code: 'cluster-unreachable',
      message:
        'no host of cluster.via answers for the cluster: cp-1: 10.0.0.11:22 did not answer within 10 s.; cp-2: it has no kubectl',
    });
  });

  it('gives what kubectl said where that is all there is', async () => {
    const port = openHostKubectl([host('cp-1', unreachable), host('cp-2', away)]);
    expect(await port.kubectl(['get'])).toMatchObject({ code: 1, stderr: expect.stringContaining('was refused') });
  });

  it('says of a single host what is wrong with it', async () => {
    const port = openHostKubectl([host('cp-1', unreachable)]);
    await expect(port.kubectl(['get'])).rejects.toMatchObject({ code: 'connect-timeout' });
  });

  it('never asks a host that is being changed', async () => {
    const first = host('cp-1', good);
    const second = host('cp-2', good);
    const port = openHostKubectl([first, second]);
    const lift = port.avoid('cp-1');
    const liftAgain = port.avoid('cp-1');
    await port.kubectl(['get']);
    lift();
    lift();
    await port.kubectl(['get']);
    expect([first.opened(), second.opened()]).toEqual([0, 1]);
    const liftSecond = port.avoid('cp-2');
    await expect(port.kubectl(['get'])).rejects.toMatchObject({
      code: 'cluster-unreachable',
      message: 'every host of cluster.via is being changed now: cp-1, cp-2',
    });
    liftAgain();
    liftSecond();
    expect(await port.kubectl(['get'])).toMatchObject({ code: 0 });
  });

  it('opens a connection again that was lost since it was last used', async () => {
    const lost = new NodeprepError('connect-failed', 'the connection was lost.');
    const live = await good();
    let isLost = false;
    const breaking: Connection = {
      ...live,
      start: async (...asked) => {
        if (isLost) throw lost;
        return live.start(...asked);
      },
    };
    const connections = [breaking, live];
    const only = host('cp-1', async () => connections.shift() ?? live);
    const port = openHostKubectl([only]);
    await port.kubectl(['get']);
    isLost = true;
    const answers = await Promise.all([port.kubectl(['get']), port.kubectl(['get'])]);
    expect(answers.map(({ code }) => code)).toEqual([0, 0]);
    expect(only.opened()).toBe(2);
  });

  describe('that say nothing', () => {
    const never = new Promise<never>(() => undefined);
    /** Opens no session, until it is told that nobody waits for one. */
    const silent = () => {
      const told: boolean[] = [];
      const open = async (): Promise<Connection> => ({
        ...(await good()),
        start: (_program, { signal }) => {
          const index = told.push(false) - 1;
          signal?.addEventListener('abort', () => {
            told[index] = true;
          });
          return never;
        },
      });
      return { open, told };
    };

    it('do not keep the next one from being asked, whose answer counts', async () => {
      const clock = fakeClock();
      const { open, told } = silent();
      const second = host('cp-2', good);
      const port = openHostKubectl([host('cp-1', open), second, host('cp-3', good)], { clock });
      const asked = port.kubectl(['replace'], { timeoutMs: 4_000 });
      await clock.pass(900);
      expect(second.opened()).toBe(0);
      await clock.pass(200);
      expect(await asked).toMatchObject({ code: 0 });
      expect(told).toEqual([true]);
      // It is asked first from then on.
      expect(await port.kubectl(['replace'], { timeoutMs: 4_000 })).toMatchObject({ code: 0 });
      expect(told).toHaveLength(1);
    });

    it('take no longer together than one may', async () => {
      const clock = fakeClock();
      const hosts = ['cp-1', 'cp-2', 'cp-3'].map(name => host(name, () => never));
      const port = openHostKubectl(hosts, { clock });
      const asked = port.kubectl(['replace'], { timeoutMs: 4_000 });
      let hasEnded = false;
      void asked.then(() => {
        hasEnded = true;
      });
      await clock.pass(3_900);
      expect([hasEnded, ...hosts.map(({ opened }) => opened())]).toEqual([false, 1, 1, 1]);
      await clock.pass(1_200);
      expect(hasEnded).toBe(true);
      expect(await asked).toMatchObject({ code: null, stderr: expect.stringContaining('within 4 s') });
    });

    it('leave a lock that is renewed every 5 s in its place', async () => {
      const clock = fakeClock();
      const api = fakeApi();
      const served: Connection = {
        ...(await good()),
        start: async program => {
          const [, verb = ''] = / '?(get|create|replace)'? /.exec(program) ?? [];
          const [, path = ''] = /--raw=([^' ]+)/.exec(program) ?? [];
          const [, stdin] = /^printf %s '(.*)' \|/m.exec(program) ?? [];
          const answer = await api.kubectl([verb, `--raw=${path}`], stdin === undefined ? {} : { stdin });
          const { stdout, stderr, code } = answer;
          return scriptedConnection({ say: () => [stdout], stderr, exit: { code, signal: null } }).start('', {
            as: 'root',
          });
        },
      };
      const hosts = [host('cp-1', silent().open), host('cp-2', silent().open), host('cp-3', async () => served)];
      const cluster = openCluster(openHostKubectl(hosts, { clock }), { clock });
      const taking = cluster.acquireLease({ run: 'run-a', holder: 'ops@here' });
      await clock.pass(40_000);
      const lease = await taking;
      await clock.pass(60_000);
      expect(lease.lost.aborted).toBe(false);
      await lease.release();
    });
  });

  it('keeps a connection over which kubectl was too slow', async () => {
    const slow = host('cp-1', answering(124, ''));
    const port = openHostKubectl([slow]);
    await port.kubectl(['get']);
    expect(await port.kubectl(['get'], { timeoutMs: 4_000 })).toMatchObject({
      code: null,
      stderr: expect.stringContaining('within 4 s'),
    });
    expect(slow.opened()).toBe(1);
  });

  it('opens one connection for all that is asked at the same time', async () => {
    const only = host('cp-1', good);
    const port = openHostKubectl([only]);
    await Promise.all([port.kubectl(['a']), port.kubectl(['b']), port.kubectl(['c'])]);
    expect(only.opened()).toBe(1);
    await port.close();
  });
});

describe('the program on the host', () => {
  const directory = mkdtempSync(join(tmpdir(), 'nodeprep-host-kubectl-'));
  afterAll(() => rmSync(directory, { recursive: true }));
  const env = { PATH: `${directory}:${process.env.PATH}`, HOME: directory, KUBECONFIG: '/other' };

  /** Runs it for real, with the kubeconfig where this test has put it. */
  const run = async (args: readonly string[], stdin: string | undefined, variables = env) => {
    const program = hostProgram(args, stdin, 20_000)
      .replaceAll('/root/.kube/config', join(directory, 'config'))
      .replaceAll('/usr/local/bin:/opt/bin', '/nowhere');
    const session = await shellConnection(['/bin/sh', '-s'], variables).start(program, { as: 'root' });
    const chunks: Buffer[] = [];
    for await (const chunk of session.stdout) chunks.push(Buffer.from(chunk));
    return { stdout: Buffer.concat(chunks).toString(), code: (await session.exit).code };
  };

  it('says that there is no kubectl, or no kubeconfig', async () => {
    expect(await run(['get'], undefined, { ...env, PATH: '/nowhere' })).toEqual({ stdout: '', code: 86 });
    writeFileSync(join(directory, 'kubectl'), '#!/bin/sh\nfor word in "$@"; do echo "<$word>"; done\ncat\nexit 3\n');
    chmodSync(join(directory, 'kubectl'), 0o755);
    expect(await run(['get'], undefined)).toEqual({ stdout: '', code: 87 });
    writeFileSync(join(directory, 'config'), '');
  });

  it("passes words and input on unchanged, and kubectl's own exit status back", async () => {
    const input = `{"a":"it's $HOME \`x\` \\\\ % ä"}`;
    expect(await run(['create', "--raw=/a'b?$x=1&y"], input)).toEqual({
      stdout: `<--kubeconfig=${join(directory, 'config')}>\n<create>\n<--raw=/a'b?$x=1&y>\n${input}`,
      code: 3,
    });
  });

  it('gives kubectl no part of itself to read', async () => {
    expect(await run(['get'], undefined)).toMatchObject({ stdout: expect.stringMatching(/<get>\n$/) });
  });
});
