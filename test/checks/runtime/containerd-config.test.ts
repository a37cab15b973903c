import { containerdConfig } from '../../../src/checks/runtime/containerd-config.ts';
import { testCheck } from '../../check-tester.ts';
import { absentContainerd, containerdFact, recordedDump } from './facts.ts';

const dump = (text: string) => ({ containerd: containerdFact({ dump: text }) });
const trixie = recordedDump('trixie');

/** As 1.7.24 printed it for a file of version 3. */
const refused = `time="2026-11-21T04:14:38Z" level=error msg="containerd config version \`3\` is not supported"
containerd: failed to load TOML from /etc/containerd/config.toml: unsupported config version \`3\`
`;

testCheck(containerdConfig, {
  pass: [
    ...['bookworm', 'trixie', 'sid', 'trixie-nvidia', 'sid-nvidia'].map(name => ({
      name,
      facts: dump(recordedDump(name)),
    })),
    {
      name: 'CRI is disabled: no handlers at all',
      facts: dump('version = 2\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n'),
    },
    {
      name: 'a warning before the dump',
      facts: dump(`time="2026-11-21T04:14:38Z" level=warning msg="deprecated"\n${trixie}`),
    },
    {
      name: 'systemd_cgroup on 2.x, which ignores it',
      facts: dump("version = 3\n[plugins.'io.containerd.cri.v1.runtime']\nsystemd_cgroup = true\n"),
    },
  ],
  fail: [
    {
      name: 'a version that it does not read',
      facts: { containerd: containerdFact({ dump: undefined, dumpError: refused }) },
      observed: 'containerd: failed to load TOML from /etc/containerd/config.toml: unsupported config version `3`',
      fixedByApply: false,
    },
    {
      name: 'systemd_cgroup',
      facts: dump(trixie.replace('systemd_cgroup = false', 'systemd_cgroup = true')),
      message: /systemd_cgroup stops/,
    },
    {
      name: 'a default handler that is not there',
      facts: dump(trixie.replace('default_runtime_name = "runc"', 'default_runtime_name = "nvidia"')),
      observed: 'default_runtime_name = nvidia; handlers: runc',
    },
  ],
  skip: [{ name: 'none', facts: { containerd: absentContainerd }, reason: /not installed/ }],
  unknown: [{ name: 'no TOML', facts: dump('[['), reason: /not TOML/ }],
});
