import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { openLocalKubectl } from '../../src/cluster/local-kubectl.ts';

const directories: string[] = [];
afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true });
});

/** A program of this name in PATH; synthetic: it only shows how it is run. */
const withKubectl = (script: string, env: Readonly<Record<string, string>> = {}) => {
  const directory = mkdtempSync(join(tmpdir(), 'nodeprep-kubectl-'));
  directories.push(directory);
  writeFileSync(join(directory, 'kubectl'), `#!/bin/sh\n${script}\n`);
  chmodSync(join(directory, 'kubectl'), 0o755);
  const port = openLocalKubectl({
    kubeconfig: '/home/me/my config',
    context: 'prod $(x)',
    name: '~/my config',
    env: { PATH: `${directory}:${process.env.PATH}`, HOME: '/home/me', ...env },
  });
  return { directory, port };
};

describe('kubectl of this machine', () => {
  it('is given the kubeconfig, the context and the words as they are, without a shell', async () => {
    const { port } = withKubectl(`for word in "$@"; do echo "<$word>"; done`);
    const { stdout, code } = await port.kubectl(['get', '--raw=/api?x=$HOME&y=*'], { timeoutMs: 20_000 });
    expect(code).toBe(0);
    expect(stdout).toBe(
      '<--kubeconfig=/home/me/my config>\n<--context=prod $(x)>\n<--request-timeout=19s>\n<get>\n<--raw=/api?x=$HOME&y=*>\n',
    );
    expect(port.command).toBe("kubectl '--kubeconfig=~/my config' '--context=prod $(x)'");
  });

  it('reads what it is given, and tells what it says and how it ends', async () => {
    const { port } = withKubectl('cat; echo no >&2; exit 7');
    expect(await port.kubectl(['create'], { stdin: '{"a":"ä"}' })).toEqual({
      code: 7,
      stdout: '{"a":"ä"}',
      stderr: 'no\n',
    });
  });

  it('is not sent elsewhere by the environment', async () => {
    const { port } = withKubectl('env', {
      KUBECONFIG: '/other',
      KUBERNETES_SERVICE_HOST: '10.96.0.1',
      KUBERNETES_SERVICE_PORT: '443',
      KUBERC: 'on',
      AWS_PROFILE: 'prod',
    });
    const { stdout } = await port.kubectl(['version']);
    expect(stdout).not.toMatch(/KUBECONFIG|KUBERNETES_SERVICE|KUBERC=on/);
    expect(stdout).toContain('AWS_PROFILE=prod\n');
    expect(stdout).toContain('HOME=/home/me\n');
  });

  it('is ended with everything that it has started, when it takes too long', async () => {
    const { port, directory } = withKubectl(`sleep 1000 & echo $! > "$(dirname "$0")/child"; wait`);
    const answer = await port.kubectl(['get'], { timeoutMs: 1_500 });
    expect(answer).toMatchObject({ code: null, stderr: expect.stringContaining('did not end within 2 s') });
    await expectGone(join(directory, 'child'));
  });

  it('is ended when the run is interrupted', async () => {
    const { port, directory } = withKubectl(`sleep 1000 & echo $! > "$(dirname "$0")/child"; echo ready; wait`);
    const controller = new AbortController();
    const answer = port.kubectl(['get'], { signal: controller.signal });
    await expect.poll(() => processIn(join(directory, 'child'))).not.toBe('');
    controller.abort();
    await expect(answer).rejects.toMatchObject({ code: 'interrupted' });
    await expectGone(join(directory, 'child'));
    await expect(port.kubectl(['get'], { signal: controller.signal })).rejects.toMatchObject({ code: 'interrupted' });
  });

  it('may not fill our memory', async () => {
    const { port } = withKubectl('yes x | head -c 70000000');
    await expect(port.kubectl(['get'])).rejects.toMatchObject({ code: 'answer-too-large' });
  });

  it('that is not there is told with how to get it', async () => {
    const port = openLocalKubectl({ kubeconfig: '/x', context: undefined, name: '/x', env: { PATH: '/nowhere' } });
    await expect(port.kubectl(['get'])).rejects.toMatchObject({
      code: 'kubectl-missing',
      message: expect.stringContaining('not in PATH'),
      hint: expect.stringContaining('https://kubernetes.io/docs/tasks/tools/'),
    });
  });
});

const processIn = async (path: string): Promise<string> => {
  const { readFile } = await import('node:fs/promises');
  return readFile(path, 'utf8').catch(() => '');
};

const expectGone = async (path: string): Promise<void> => {
  const pid = Number(await processIn(path));
  expect(pid).toBeGreaterThan(1);
  const isThere = (): boolean => {
    try {
      process.kill(pid, 0);
      return true;
    } catch {
      return false;
    }
  };
  await expect.poll(isThere, { timeout: 10_000 }).toBe(false);
};
