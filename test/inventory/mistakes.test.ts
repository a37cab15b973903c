import { describe, expect, it } from 'vitest';
import { problemOf, problemsOf } from './problems-of.ts';

const hosts = 'hosts: { a: { address: 10.0.0.1 } }\n';
const planes = 'hosts: { a: { address: 10.0.0.1, role: control-plane } }\n';

/** [what, text, what the user sees without the file name] */
const cases: readonly (readonly [string, string, string])[] = [
  [
    'an archive without a place',
    `defaults: { runtime: { archives: { runc: { sha256: ${'a'.repeat(64)} } } } }\n${hosts}`,
    '1:36: defaults.runtime.archives.runc says not where it is; give a url, which the hosts fetch, or a file, which is pushed to them',
  ],
  [
    'an archive at two places',
    `defaults: { runtime: { archives: { runc: { url: http://a/b, file: ./b, sha256: ${'a'.repeat(64)} } } } }\n${hosts}`,
    '1:61: defaults.runtime.archives.runc has a url and a file; give one of them',
  ],
  [
    'an archive without its sum',
    `defaults: { runtime: { archives: { runc: { url: http://a/b } } } }\n${hosts}`,
    '1:36: defaults.runtime.archives.runc.sha256 is missing; it must be the sha256 of the file: 64 hex digits',
  ],
  [
    'an archive behind a login',
    `defaults: { runtime: { archives: { runc: { url: "https://me@a/b", sha256: ${'a'.repeat(64)} } } } }\n${hosts}`,
    '1:49: defaults.runtime.archives.runc.url must be a URL starting with https:// or http://, without a user name; found "https://me@a/b"',
  ],
  [
    'a runtime from archives that are not named',
    `defaults: { runtime: { source: archive, archives: { runc: { url: http://a/b, sha256: ${'a'.repeat(64)} } } } }\n${hosts}`,
    '1:32: containerd from archives needs runtime.archives.containerd (host a): give { url: …, sha256: … } or { file: …, sha256: … }',
  ],
  [
    'a version as a number',
    `kubernetes:\n  version: 1.30\n${hosts}`,
    '2:12: kubernetes.version must be a string: write "1.30" (YAML reads 1.30 as the number 1.3)',
  ],
  [
    'a version that a number keeps',
    `kubernetes: { version: 1.34 }\n${hosts}`,
    '1:24: kubernetes.version must be a string: write "1.34" (YAML reads 1.34 as a number)',
  ],
  [
    'a runtime version as a number',
    `defaults: { runtime: { version: 2.10 } }\n${hosts}`,
    '1:33: defaults.runtime.version must be a string: write "2.10" (YAML reads 2.10 as the number 2.1)',
  ],
  [
    'a truth value as a reason',
    `${hosts}waivers: [{ check: swap-off, owner: o, reason: true, expires: "2027-01-31" }]`,
    '2:48: waivers[0].reason must be a string: write "true" (YAML reads true as a truth value)',
  ],
  [
    'a number that quotes do not mend',
    `defaults: { ssh: { connectTimeout: 10 } }\n${hosts}`,
    '1:36: defaults.ssh.connectTimeout must be a duration up to 24h, such as 500ms, 10s or 5m; found 10',
  ],
  [
    'a version that does not exist',
    `kubernetes: { version: latest }\n${hosts}`,
    '1:24: kubernetes.version must be a Kubernetes version from 1.24 on, such as "1.34" or "1.34.2"; found "latest"',
  ],
  [
    'a version before 1.24',
    `kubernetes: { version: "1.23" }\n${hosts}`,
    '1:24: kubernetes.version must be a Kubernetes version from 1.24 on, such as "1.34" or "1.34.2"; found "1.23"',
  ],
  [
    'an unknown key, near a known one',
    `defaults:\n  runtime: { cgroupdriver: systemd }\n${hosts}`,
    '2:14: defaults.runtime.cgroupdriver is not a setting; did you mean cgroupDriver?',
  ],
  [
    'an unknown key, known one level deeper',
    'hosts: { a: { address: b, port: 22 } }',
    '1:27: hosts.a.port is not a setting; did you mean ssh.port?',
  ],
  ['an unknown key at the top', `ssh: {}\n${hosts}`, '1:1: ssh is not a setting; did you mean defaults.ssh?'],
  [
    'an unknown key, near nothing',
    `defaults: { verify: { foo: 1 } }\n${hosts}`,
    '1:23: defaults.verify.foo is not a setting; known here: sandbox',
  ],
  [
    'an unknown word',
    `defaults: { runtime: { name: crio } }\n${hosts}`,
    '1:30: defaults.runtime.name must be one of containerd, cri-o, docker, mirantis; found "crio"; did you mean cri-o?',
  ],
  [
    'a truth value as a word',
    `defaults: { swap: false }\n${hosts}`,
    '1:19: defaults.swap must be one of off, keep, kubelet; found false',
  ],
  [
    'a port out of range',
    `defaults: { ssh: { port: 65536 } }\n${hosts}`,
    '1:26: defaults.ssh.port must be a whole number from 1 to 65535; found 65536',
  ],
  [
    'a port as text',
    `defaults: { ssh: { port: "22" } }\n${hosts}`,
    '1:26: defaults.ssh.port must be a whole number from 1 to 65535; found "22"',
  ],
  [
    'a duration beyond a day',
    `defaults: { ssh: { connectTimeout: 25h } }\n${hosts}`,
    '1:36: defaults.ssh.connectTimeout must be a duration up to 24h, such as 500ms, 10s or 5m; found "25h"',
  ],
  [
    "another user's home",
    `defaults: { ssh: { identityFile: ~bob/key } }\n${hosts}`,
    '1:34: defaults.ssh.identityFile must be a path: absolute, relative to the inventory, or starting with ~/; found "~bob/key"',
  ],
  [
    'an image without tag',
    `defaults: { runtime: { sandboxImage: "registry.example.com:5000/pause" } }\n${hosts}`,
    '1:38: defaults.runtime.sandboxImage must be an image with a tag or digest, such as registry.k8s.io/pause:3.10.1; found "registry.example.com:5000/pause"',
  ],
  [
    'a relative plugin directory',
    `defaults: { runtime: { cni: { binDir: opt/cni } } }\n${hosts}`,
    '1:39: defaults.runtime.cni.binDir must be an absolute path; found "opt/cni"',
  ],
  ['a key without value', `defaults:\n${hosts}`, '1:1: defaults has no value; it must be a mapping'],
  ['a group that is a number', `groups: { edge: 3 }\n${hosts}`, '1:17: groups.edge must be a mapping; found 3'],
  [
    'a list where one word stands',
    'groups: { edge: {} }\nhosts: { a: { address: b, groups: edge } }',
    '2:35: hosts.a.groups must be a list of groups; found "edge"; write [edge]',
  ],
  [
    'no hosts',
    'defaults: {}',
    '1:1: hosts is missing; it must be a mapping of names to hosts, such as  worker-1: { address: 10.0.0.21 }',
  ],
  [
    'an empty host list',
    'hosts: {}',
    '1:8: hosts is empty; give at least one, such as  worker-1: { address: 10.0.0.21 }',
  ],
  [
    'hosts as a list',
    'hosts:\n  - 10.0.0.1',
    '2:3: hosts must be a mapping of names to hosts, such as  worker-1: { address: 10.0.0.21 }; found a list',
  ],
  [
    'a host as an address',
    'hosts: { a: 10.0.0.1 }',
    '1:13: hosts.a must be a mapping; found "10.0.0.1"; write { address: "10.0.0.1" }',
  ],
  [
    'a host without address',
    'hosts:\n  a: {}',
    '2:3: host a has no address; write address: 10.0.0.21, or connection: local for this machine',
  ],
  [
    'a bad IPv4 address',
    'hosts: { a: { address: 10.0.0.300 } }',
    '1:24: hosts.a.address must be an IP address or a host name, without port; found "10.0.0.300"',
  ],
  [
    'a port in the address',
    'hosts: { a: { address: 10.0.0.1:22 } }',
    '1:24: hosts.a.address must be an IP address or a host name, without port; found "10.0.0.1:22"',
  ],
  [
    'an address that is an option',
    'hosts: { a: { address: -oProxyCommand=x } }',
    '1:24: hosts.a.address must be an IP address or a host name, without port; found "-oProxyCommand=x"',
  ],
  [
    'a bad name',
    'hosts: { -a: { address: b } }',
    '1:10: host -a: the name must be made of letters, digits, dots, dashes and underscores, with a letter or digit at both ends',
  ],
  [
    'an unknown group',
    'groups: { edge: {} }\nhosts: { a: { address: b, groups: [egde] } }',
    '2:36: hosts.a.groups[0]: there is no group "egde"; did you mean edge?',
  ],
  [
    'a host twice',
    'hosts:\n  a: { address: b }\n  a: { address: c }',
    '3:3: host a is defined twice (first at line 2)',
  ],
  [
    'a setting twice',
    `defaults:\n  swap: off\n  swap: keep\n${hosts}`,
    '3:3: defaults.swap is defined twice (first at line 2)',
  ],
  [
    'a group of the name of a host',
    'groups: { a: {} }\nhosts: { a: { address: b } }',
    '2:10: host a has the name of a group; --limit and waivers could not tell them apart',
  ],
  [
    'the same address twice',
    'hosts:\n  a: { address: Node.example.com }\n  b: { address: node.example.com }',
    '3:17: host b is the same machine as host a (node.example.com port 22)',
  ],
  [
    'this machine twice',
    'hosts:\n  a: { connection: local }\n  b: { connection: local }',
    '3:20: host b is the same machine as host a (this machine)',
  ],
  [
    'a prototype key',
    'hosts:\n  a: { address: b }\n  __proto__: { address: c }',
    '3:3: host __proto__ is not a name that can be used',
  ],
  [
    'a waiver for an unknown check',
    `${hosts}waivers: [{ check: cgroup-controlers, owner: o, reason: r, expires: "2027-01-31" }]`,
    '2:20: waivers[0].check: there is no check "cgroup-controlers"; did you mean cgroup-controllers?',
  ],
  [
    'a waiver for an unknown host',
    `${hosts}waivers: [{ check: swap-off, hosts: [b], owner: o, reason: r, expires: "2027-01-31" }]`,
    '2:38: waivers[0].hosts[0]: there is no host or group "b"; did you mean a?',
  ],
  [
    'a waiver without owner',
    `${hosts}waivers:\n  - { check: swap-off, reason: r, expires: "2027-01-31" }`,
    '3:5: waivers[0].owner is missing; it must be the person or team that answers for it',
  ],
  [
    'a waiver until a day that does not exist',
    `${hosts}waivers: [{ check: swap-off, owner: o, reason: r, expires: 2027-02-30 }]`,
    '2:60: waivers[0].expires must be a date that exists, such as "2027-01-31"; found "2027-02-30"',
  ],
  [
    'a waiver until a year',
    `${hosts}waivers: [{ check: swap-off, owner: o, reason: r, expires: 2027 }]`,
    '2:60: waivers[0].expires must be a date such as "2027-01-31"; found 2027',
  ],
  [
    'a check waived twice',
    `${hosts}waivers:\n  - { check: swap-off, owner: o, reason: r, expires: "2027-01-31" }\n  - { check: swap-off, hosts: [a], owner: o, reason: r, expires: "2028-01-31" }`,
    '4:14: swap-off is waived twice for host a (first by waivers[0])',
  ],
  [
    'kubectl on an unknown host',
    `${hosts}cluster: { via: [b] }`,
    '2:18: cluster.via[0]: there is no host "b"; did you mean a?',
  ],
  [
    'a cluster reached in two ways',
    `${planes}cluster: { via: [a], kubeconfig: x }`,
    '2:12: cluster is reached by kubeconfig or via hosts, not both; take one out',
  ],
  [
    'a cluster reached in no way',
    `${hosts}cluster: {}`,
    '2:1: cluster says no way to it; write kubeconfig: ~/.kube/config, or via: [cp-1]',
  ],
  [
    'a misspelt way to the cluster',
    `${planes}cluster: { kubeConfig: x, via: [a] }`,
    '2:12: cluster.kubeConfig is not a setting; did you mean kubeconfig?',
  ],
  [
    'a context where kubectl runs on a host',
    `${planes}cluster: { via: [a], context: x }`,
    "2:22: cluster.context belongs to kubeconfig; via uses the hosts' own admin.conf",
  ],
  [
    'kubectl on a worker',
    'groups: { cp: { role: control-plane } }\nhosts: { a: { address: a, groups: [cp], role: worker } }\ncluster: { via: [a] }',
    '3:18: cluster.via[0]: host a is a worker; kubectl is run on control-plane hosts (role: control-plane)',
  ],
  [
    'a rollout of half a host',
    `${hosts}rollout: { maxUnavailable: 0.5 }`,
    '2:28: rollout.maxUnavailable must be a count of at least 1, or a percentage such as "25%"; found 0.5',
  ],
  [
    'a rollout of no host',
    `${hosts}rollout: { maxUnavailable: 0 }`,
    '2:28: rollout.maxUnavailable must be a count of at least 1, or a percentage such as "25%"; found 0',
  ],
  [
    'a rollout of no percent',
    `${hosts}rollout: { maxUnavailable: 0% }`,
    '2:28: rollout.maxUnavailable must be a count of at least 1, or a percentage such as "25%"; found "0%"',
  ],
  [
    'all control planes in percent',
    'hosts: { a: { address: a, role: control-plane }, b: { address: b } }\nrollout: { maxUnavailable: 100% }',
    '2:28: rollout.maxUnavailable 100% would take every control plane (a) at once; these go one at a time: write a count, or a percentage of the workers below 100%',
  ],
  [
    'all control planes as a count',
    'groups: { cp: { role: control-plane } }\nhosts: { a: { address: a, groups: [cp] }, b: { address: b, groups: [cp] } }\nrollout: { maxUnavailable: 2 }',
    '3:28: rollout.maxUnavailable 2 would take every control plane (a, b) at once; these go one at a time: write a count, or a percentage of the workers below 100%',
  ],
  [
    'a loss that nobody knows',
    `${hosts}rollout: { drain: { accept: [bare-pods, emptydir] } }`,
    '2:41: rollout.drain.accept[1] must be one of bare-pods, empty-dir, local-volumes; found "emptydir"; did you mean empty-dir?',
  ],
  [
    'a canary that does not exist',
    `${hosts}rollout: { canary: [b] }`,
    '2:21: rollout.canary[0]: there is no host or group "b"; did you mean a?',
  ],
  [
    'no canary',
    `${hosts}rollout: { canary: 0 }`,
    '2:20: rollout.canary must be a list of hosts or groups, or a count of at least 1; found 0',
  ],
  ['an order of hosts', `${hosts}rollout: { order: [a] }`, '2:20: rollout.order[0]: there is no group "a"'],
  [
    'a group twice in the order',
    'groups: { g: {} }\nhosts: { a: { address: a } }\nrollout: { order: [g, g] }',
    '3:23: rollout.order names group g twice',
  ],
  [
    'two pauses',
    `${hosts}rollout: { pause: { time: 1m, http: "https://example.com/ok" } }`,
    '2:12: rollout.pause has time and http; write one of them',
  ],
  [
    'no pause',
    `${hosts}rollout: { pause: {} }`,
    '2:12: rollout.pause says nothing; write one of time, command and http',
  ],
  [
    'a pause with a timeout',
    `${hosts}rollout: { pause: { time: 1m, timeout: 2m } }`,
    '2:31: rollout.pause.timeout is for command and http; time has none',
  ],
  [
    'a gate as a command line',
    `${hosts}rollout: { pause: { command: ./smoke-test.sh } }`,
    '2:30: rollout.pause.command must be a list of words; found "./smoke-test.sh"',
  ],
  [
    'a gate with a password in it',
    `${hosts}rollout: { pause: { http: "https://me:hunter2@example.com/ok" } }`,
    '2:27: rollout.pause.http holds a secret in clear text; take it out of the inventory',
  ],
  [
    'a window of the whole day',
    `${hosts}rollout: { window: { from: 22:00, to: 22:00 } }`,
    '2:35: rollout.window begins and ends at 22:00; leave window out for the whole day',
  ],
  [
    'a window without end',
    `${hosts}rollout: { window: { from: 22:00 } }`,
    '2:12: rollout.window.to is missing; it must be a time of day from "00:00" to "23:59"',
  ],
  [
    'a window until 24:00',
    `${hosts}rollout: { window: { from: 22:00, to: 24:00 } }`,
    '2:39: rollout.window.to must be a time of day from "00:00" to "23:59"; found "24:00"',
  ],
  [
    'a window on a day that nobody knows',
    `${hosts}rollout: { window: { days: [monday], from: 22:00, to: 04:00 } }`,
    '2:29: rollout.window.days[0] must be one of mon, tue, wed, thu, fri, sat, sun; found "monday"',
  ],
  [
    'a window in a zone that nobody knows',
    `${hosts}rollout: { window: { from: 22:00, to: 04:00, timezone: Europe/Bonn } }`,
    '2:56: rollout.window.timezone must be a time zone such as UTC or Europe/Berlin; found "Europe/Bonn"',
  ],
  [
    'no failure at all',
    `${hosts}rollout: { maxFailures: 0 }`,
    '2:25: rollout.maxFailures must be a whole number from 1 to 10000; found 0',
  ],
  ['a file that is a list', '- a', '1:1: an inventory must be a mapping; found a list'],
  ['a file that is a word', 'nonsense', '1:1: an inventory must be a mapping; found "nonsense"'],
  [
    'an empty file',
    '',
    '1:1: the inventory is empty; the least it needs is  hosts: { worker-1: { address: 10.0.0.21 } }',
  ],
  [
    'only comments',
    '# soon\n',
    '1:1: the inventory is empty; the least it needs is  hosts: { worker-1: { address: 10.0.0.21 } }',
  ],
  ['two documents', `${hosts}---\n${hosts}`, '3:1: a second YAML document; an inventory is one'],
  ['a tab', 'hosts:\n\ta: {}', '2:1: not valid YAML: tab characters must not be used in indentation'],
  [
    'a bracket that stays open',
    'hosts: { a: {',
    '1:14: not valid YAML: unexpected end of the stream within a flow collection',
  ],
  ['a zero byte', 'hosts: a\u0000', '1:9: not valid YAML: null byte is not allowed in input'],
  ['an alias of nothing', 'hosts: { a: *b }', '1:13: *b repeats nothing: there is no &b before it'],
  ['an alias of itself', 'hosts: &h { a: *h }', '1:16: *h stands inside what it repeats'],
  ['a tag', 'hosts: { a: { address: !secret b } }', '1:24: the tag !secret is not known here; leave it out'],
  [
    'a mapping as a key',
    'hosts: { ? [a] : {}, b: { address: c } }',
    '1:12: a key must be a word; found a mapping or a list',
  ],
  [
    'a merge of a word',
    'hosts: { a: { <<: b, address: c } }',
    '1:19: the value of << must be a mapping or a list of mappings',
  ],
  ['nesting without end', `hosts: ${'['.repeat(200)}`, '1:57: not valid YAML: nesting exceeded maxDepth (50)'],
  [
    'Windows line ends and a byte order mark',
    '\ufeffhosts:\r\n  a: { address: b, x: 1 }\r\n',
    '2:20: hosts.a.x is not a setting; known here: address, connection, role, groups, ssh, sudo, runtime, swap, verify, proxy, packageMirror',
  ],
  [
    'columns in characters',
    'hosts: { a: { address: "👍" } }',
    '1:24: hosts.a.address must be an IP address or a host name, without port; found "👍"',
  ],
  [
    'mirantis without a word on its license',
    'defaults: { runtime: { repository: { url: "https://a" } } }\ngroups: { g: { runtime: { name: mirantis, repository: { url: "https://b" } } } }\nhosts: { a: { address: b, groups: [g] }, c: { address: d, groups: [g] } }',
    '2:33: host a shall have mirantis, which is sold under a license of its own; have one, then write runtime: { acceptLicense: true }',
  ],
  [
    'mirantis whose license is not accepted',
    'defaults: { runtime: { acceptLicense: true } }\nhosts: { a: { address: b, runtime: { name: mirantis, acceptLicense: false, repository: { url: "https://a" } } } }',
    '2:44: host a shall have mirantis, which is sold under a license of its own; have one, then write runtime: { acceptLicense: true }',
  ],
  [
    'mirantis without a repository',
    'defaults: { runtime: { acceptLicense: true } }\ngroups: { g: { runtime: { name: mirantis } } }\nhosts: { a: { address: b, groups: [g] }, c: { address: d, groups: [g] } }',
    '2:33: host a shall have mirantis, which comes from a repository that has to be named; write runtime: { repository: { url: https://…, components: [stable-25.0] } }',
  ],
  [
    'mirantis with a repository of another runtime',
    'defaults: { runtime: { acceptLicense: true, repository: { url: "https://a" } } }\nhosts: { a: { address: b, runtime: { name: mirantis } } }',
    '2:44: host a shall have mirantis, which comes from a repository that has to be named; write runtime: { repository: { url: https://…, components: [stable-25.0] } }',
  ],
  [
    'a default handler that is none of the handlers',
    'defaults: { runtime: { handlers: [runc] } }\nhosts: { a: { address: b, runtime: { defaultHandler: crun } }, c: { address: d } }',
    '2:54: the default handler of host a is crun, which runtime.handlers does not name; write handlers: [runc, crun]',
  ],
  [
    'handlers of another runtime',
    'defaults: { runtime: { handlers: [runc, crun] } }\nhosts: { a: { address: b, runtime: { name: cri-o, defaultHandler: crun } } }',
    '2:67: the default handler of host a is crun, which runtime.handlers does not name; write handlers: [crun]',
  ],
  [
    'handlers behind Docker',
    'hosts: { a: { address: b, runtime: { name: docker, handlers: [runc] } } }',
    "1:52: host a shall have docker, behind which all pods run by the engine's own runtime; runtime.handlers is for containerd and cri-o",
  ],
  [
    'a handler that nodeprep does not know',
    'hosts: { a: { address: b, runtime: { handlers: [gvisor] } } }',
    '1:49: hosts.a.runtime.handlers[0] must be one of runc, crun, runsc, kata; found "gvisor"',
  ],
  [
    'a fingerprint that is cut',
    'hosts: { a: { address: b, runtime: { repository: { fingerprint: 9DC8 5822 } } } }',
    '1:65: hosts.a.runtime.repository.fingerprint must be a fingerprint of 40 hexadecimal digits; blanks do not matter; found "9DC8 5822"',
  ],
  [
    'credentials in the address of a repository',
    'hosts: { a: { address: b, runtime: { repository: { url: "https://u@c.example.com/" } } } }',
    '1:57: hosts.a.runtime.repository.url must be a URL starting with https://, without user or password; found "https://u@c.example.com/"',
  ],
  [
    'text that steers a terminal',
    'hosts: { a: { address: "\\e]0;x\\a" } }',
    '1:24: hosts.a.address must be an IP address or a host name, without port; found "\\x1b]0;x\\x07"',
  ],
];

describe('an inventory with one mistake', () => {
  it.each(cases)('%s', (_what, text, shown) => expect(problemOf(text)).toBe(`i.yaml:${shown}`));
});

describe('an inventory with many mistakes', () => {
  it('tells all at once, in the order of the file', () => {
    const text = `kubernetes:
  version: 1.30
defaults:
  runtime: { cgroupdriver: systemd }
hosts:
  a: { address: 10.0.0.1, groups: [nowhere] }
  b: {}
  a: { address: 10.0.0.2 }
waivers:
  - { check: swap-off }
`;
    expect(problemsOf(text)).toEqual([
      'i.yaml:2:12: kubernetes.version must be a string: write "1.30" (YAML reads 1.30 as the number 1.3)',
      'i.yaml:4:14: defaults.runtime.cgroupdriver is not a setting; did you mean cgroupDriver?',
      'i.yaml:6:36: hosts.a.groups[0]: there is no group "nowhere"',
      'i.yaml:7:3: host b has no address; write address: 10.0.0.21, or connection: local for this machine',
      'i.yaml:8:3: host a is defined twice (first at line 6)',
      'i.yaml:10:5: waivers[0].owner is missing; it must be the person or team that answers for it',
      'i.yaml:10:5: waivers[0].reason is missing; it must be a sentence on why the finding is accepted',
      'i.yaml:10:5: waivers[0].expires is missing; it must be a date such as "2027-01-31"',
      '8 problems. No host was contacted.',
    ]);
  });

  it('tells the first thousand and counts the rest', () => {
    const lines = problemsOf(`hosts:\n${Array.from({ length: 1_100 }, (_, index) => `  h${index}: {}\n`).join('')}`);
    expect(lines.slice(-2)).toEqual(['… and 100 more', '1100 problems. No host was contacted.']);
    expect(lines).toHaveLength(1_002);
  });

  it('bounds aliases that mean billions of values', () => {
    const levels = Array.from(
      { length: 12 },
      (_, level) => `x-${level + 1}: &a${level + 1} [${Array(10).fill(`*a${level}`).join(', ')}]`,
    );
    expect(problemOf(`x-0: &a0 [1]\n${levels.join('\n')}\n${hosts}`)).toBe(
      'i.yaml:1:1: holds more than 500000 values (aliases counted)',
    );
  });
});
