import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  BRIDGE_ADDRESS,
  baseProblem,
  bootNode,
  installCrictl,
  type LabNode,
  preparePods,
  requireLab,
  SUITES,
  type Suite,
} from '../lab/index.ts';
import { pauseImage } from '../lab/pause.ts';
import { type LabRegistry, startRegistry } from '../lab/registry.ts';
import { errorsOf, hostOf } from './support/cli.ts';
import { configPath } from './support/containerd-files.ts';
import { hostState } from './support/host-state.ts';
import { dumped, readInForce } from './support/journey.ts';
import { at, openWorkplace, type Workplace } from './support/workplace.ts';

const pause = 'registry.k8s.io/pause:3.10.1';
const resolved = 'HEAD /v2/pause/manifests/3.10.1?ns=registry.k8s.io';
const directory = '/etc/containerd/certs.d';
const hubFile = `${directory}/registry.k8s.io/hosts.toml`;

/** What a site has written itself: a mirror that is gone, with a header that is nobody's business. */
const foreign = `# Managed by the platform team.
server = "https://registry.k8s.io"

[host."http://127.0.0.1:9"]
  capabilities = ["pull"] # resolve stays upstream
  [host."http://127.0.0.1:9".header]
    authorization = "Basic bGFiOmxhYi1zZWNyZXQ="
`;

const inlineOf = (table: string, registry: LabRegistry): string => `
[plugins."${table}".registry.mirrors."registry.k8s.io"]
  # before the move
  endpoint = ["${registry.url}"]
[plugins."${table}".registry.configs."${registry.host}".tls]
  insecure_skip_verify = true
[plugins."${table}".registry.configs."${registry.host}".auth]
  username = "lab"
  password = "lab-secret"
`;

const isMatrix = process.env.NODEPREP_MATRIX === '1';
const suites: readonly Suite[] = isMatrix ? SUITES : ['trixie'];

for (const suite of suites) {
  const problem = requireLab() ?? (await baseProblem(suite));
  describe.skipIf(problem)(`registries of containerd of ${suite}${problem ? ` (${problem})` : ''}`, () => {
    let node: LabNode;
    let place: Workplace;
    let registry: LabRegistry;
    // Pods run in nodes of cgroup v1, which sid's systemd refuses: there Kubernetes' own client pulls.
    const runsPods = suite !== 'sid';
    let bare: Awaited<ReturnType<typeof hostState>>;
    const inventory = (name: string, runtime: object, more: object = {}): string =>
      place.inventory(name, {
        host: at(node, { runtime, verify: { sandbox: runsPods ? 'required' : 'off' }, ...more }),
      });
    const json = (words: readonly string[]) => place.json([...words]);
    const forgetImage = () => node.sh(`ctr -n k8s.io images rm --sync ${pause} || true`);
    const cri = async () => dumped((await readInForce(node)).dump);

    beforeAll(async () => {
      place = await openWorkplace();
      registry = await startRegistry({ images: { 'pause:3.10.1': pauseImage([pause]) }, tls: true });
      writeFileSync(place.path('ca.pem'), registry.ca ?? '');
      const packages = ['containerd', 'containernetworking-plugins'];
      node = await bootNode({ suite, packages, cgroup: runsPods ? 'v1' : 'v2' });
      await preparePods(node);
      await node.sh('systemctl is-system-running --wait || true');
      await node.sh(`mkdir -p ${directory}/registry.k8s.io && cat >${hubFile}`, { input: foreign });
      if (runsPods)
        await node.sh('cat >/usr/local/bin/crictl && chmod 755 /usr/local/bin/crictl', { input: '#!/bin/sh\n' });
      else await installCrictl(node);
      await node.sh('cat >/etc/crictl.yaml', {
        input: 'runtime-endpoint: unix:///run/crio/crio.sock # the old one\ntimeout: 2\n',
      });
      bare = await hostState(node);
    });
    afterAll(async () => {
      await node?.remove();
      await registry?.close();
      place?.remove();
    });

    const proxy = {
      http: 'http://127.0.0.1:9',
      https: 'http://127.0.0.1:9',
      noProxy: [BRIDGE_ADDRESS, '10.0.0.0/8'],
    };
    const trust = () => ({
      registryMirrors: { 'registry.k8s.io': [registry.url], '*': ['http://127.0.0.1:9'] },
      registries: { [registry.host]: { ca: './ca.pem' } },
    });

    it('pulls the sandbox image through a mirror whose authority it is told, and gives every byte back', async () => {
      const file = inventory('mirror', trust(), { proxy });
      const plan = hostOf(await json(['plan', file]), 'host');
      expect(JSON.stringify(plan)).not.toContain('bGFiOmxhYi1zZWNyZXQ');
      expect(plan.changes.map(({ target }) => target)).toEqual(
        expect.arrayContaining([`${directory}/${registry.host}/ca.crt`, hubFile, configPath]),
      );
      const answer = await json(['apply', file, '--yes']);
      const host = hostOf(answer, 'host');
      expect({ code: answer.code, outcome: host.outcome, errors: errorsOf(host), error: host.error }).toEqual({
        code: 0,
        outcome: 'changed',
        errors: [],
        error: undefined,
      });
      expect(host.runtime?.sandbox).toBe(runsPods ? 'ran' : 'off');
      if (!runsPods) await node.sh(`crictl pull ${pause}`);
      expect(registry.requests()).toContain(resolved);
      const edited = await node.sh(`cat ${hubFile}; echo .`);
      for (const line of foreign.split('\n')) expect(edited).toContain(line);
      expect((await cri()).image('registry', 'config_path')).toBe(directory);
      expect(await node.sh('cat /etc/crictl.yaml')).toBe(
        'runtime-endpoint: unix:///var/run/containerd/containerd.sock # the old one\ntimeout: 2',
      );
      // The mirror is exempt, or it could not have been reached: nobody listens where the proxy should be.
      const environ = await node.sh(`tr '\\0' '\\n' </proc/$(pidof containerd)/environ | grep _PROXY | sort`);
      expect(environ.split('\n')).toEqual([
        'HTTPS_PROXY=http://127.0.0.1:9',
        'HTTP_PROXY=http://127.0.0.1:9',
        `NO_PROXY=${BRIDGE_ADDRESS},10.0.0.0/8`,
      ]);
      expect(await node.sh('apt-config dump Acquire::http::Proxy | sort')).toContain(`${BRIDGE_ADDRESS} "DIRECT"`);
      expect(host.findings.filter(({ check }) => ['no-proxy', 'crictl-config'].includes(check))).toMatchObject([
        { status: 'pass' },
        { status: 'pass' },
      ]);
      expect(hostOf(await json(['plan', file]), 'host').changes).toEqual([]);
      expect((await json(['rollback', file, '--yes'])).code).toBe(0);
      expect(await hostState(node)).toEqual(bare);
      expect(await node.sh(`tr '\\0' '\\n' </proc/$(pidof containerd)/environ | grep -c _PROXY || true`)).toBe('0');
    });

    it.runIf(isMatrix)('moves what config.toml says of registries, and leaves what goes with config_path', async () => {
      const table = 'io.containerd.grpc.v1.cri';
      await node.sh(`cat >>${configPath} && systemctl restart containerd`, { input: inlineOf(table, registry) });
      await forgetImage();
      registry.requireLogin('lab:lab-secret');
      const before = { state: await hostState(node), asked: registry.requests().length };
      const file = inventory('moved', { registryMirrors: { '*': ['http://127.0.0.1:9'] } });
      const answer = await json(['apply', file, '--yes']);
      const host = hostOf(answer, 'host');
      expect({ code: answer.code, errors: errorsOf(host), error: host.error }).toEqual({
        code: 0,
        errors: [],
        error: undefined,
      });
      expect(host.runtime?.sandbox).toBe(runsPods ? 'ran' : 'off');
      if (!runsPods) await node.sh(`crictl pull ${pause}`);
      expect(registry.requests().slice(before.asked)).toContain(resolved);
      expect(host.findings.find(({ check }) => check === 'registry-mirrors-reachable')).toMatchObject({
        status: 'fail',
        severity: 'warning',
        message: 'a mirror does not answer from this host: http://127.0.0.1:9',
        observed: expect.stringContaining(`${registry.url}: `),
      });
      const config = await cri();
      expect(config.image('registry', 'config_path')).toBe(directory);
      expect(Object.keys(Object(config.image('registry', 'mirrors')))).toEqual([]);
      expect(config.image('registry', 'configs')).toMatchObject({ [registry.host]: { auth: { username: 'lab' } } });
      expect(JSON.stringify(answer.run)).not.toContain('lab-secret');
      expect(await node.sh(`grep -c 'before the move' ${configPath}`)).toBe('1');
      expect(hostOf(await json(['plan', file]), 'host').changes).toEqual([]);
      expect((await json(['rollback', file, '--yes'])).code).toBe(0);
      expect(await hostState(node)).toEqual(before.state);
    });
  });
}
