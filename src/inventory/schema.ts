import * as z from 'zod';
import { handlerNames } from '../core/desired.ts';
import { runtimeNames } from '../core/runtimes/index.ts';
import { isAddress } from './address.ts';
import { maxWaivers } from './check-waivers.ts';
import { defaults } from './defaults.ts';
import { kubernetesVersionPattern } from './kubernetes-versions.ts';
import { cluster, rollout } from './rollout-schema.ts';
import { duration, matching, name, path, text, wholeNumber } from './schema-words.ts';

/**
 * The one definition of the inventory: validation, types, the published JSON Schema and docs/inventory.md come from it.
 * The message of a rule completes the sentence 'KEY must be …'. No rule fills in defaults: a group must not undo what `defaults` says.
 */
const secret = z
  .union(
    [
      z.strictObject({ env: matching(/^[A-Za-z_][A-Za-z0-9_]*$/, 'the name of an environment variable') }),
      z.strictObject({ file: path() }),
      z.strictObject({
        command: z.array(text('a word').min(1, 'a word'), 'a list of words').min(1, 'a list of words'),
      }),
      z.strictObject({ prompt: z.literal(true, 'true') }),
    ],
    'a reference to a secret',
  )
  .meta({
    id: 'secret',
    description:
      'Where a secret comes from, never the secret itself: an environment variable, a file (its only line), the output of a command (run once, without a shell), or a question on the terminal (asked once).',
  });

const ssh = z
  .strictObject({
    user: matching(/^(?!-)[^\s\u0000-\u001f\u007f-\u009f]+$/, 'a user name')
      .optional()
      .meta({ description: 'Who logs in. Default: the user who runs nodeprep.' }),
    port: wholeNumber(1, 65_535).optional().meta({ default: defaults.ssh.port, description: 'Port of sshd.' }),
    identityFile: path().optional().meta({
      description: 'Private key. Default: the keys of the agent, then the usual ones in ~/.ssh.',
    }),
    passphrase: secret.optional().meta({ description: 'Passphrase of identityFile, as a reference.' }),
    agent: z.boolean('true or false').optional().meta({
      default: defaults.ssh.agent,
      description: 'Whether keys of the SSH agent (SSH_AUTH_SOCK) are offered, if there is one.',
    }),
    hostKeys: z.enum(['strict', 'accept-new']).optional().meta({
      default: defaults.ssh.hostKeys,
      description:
        'strict: a host whose key is not in knownHosts is refused. accept-new: it is added. A changed key is always refused.',
    }),
    knownHosts: path().optional().meta({ default: defaults.ssh.knownHosts, description: 'The known_hosts file.' }),
    connectTimeout: duration().optional().meta({
      default: defaults.ssh.connectTimeout,
      description: 'How long connecting and logging in may take.',
    }),
  })
  .meta({ id: 'ssh', description: 'How a host is reached.' });

const sudo = z
  .strictObject({
    password: secret.optional().meta({ description: 'Password for sudo, as a reference. Not needed with NOPASSWD.' }),
  })
  .meta({ id: 'sudo', description: 'How root is reached where the login is not root.' });

const archive = z
  .strictObject({
    // Credentials in it would be in the arguments of a program on the host, and in journals.
    url: matching(/^https?:\/\/[^\s@/]+(\/\S*)?$/, 'a URL starting with https:// or http://, without a user name')
      .optional()
      .meta({ description: 'The hosts fetch it from there themselves.' }),
    file: path().optional().meta({
      description: 'A file on the machine that runs nodeprep, pushed to each host once.',
    }),
    sha256: matching(/^[0-9a-fA-F]{64}$/, 'the sha256 of the file: 64 hex digits').meta({
      description: 'Of the download; checked on the host.',
    }),
  })
  .meta({ id: 'archive', description: 'A release archive: a url or a file, and its sum.' });

const archives = z
  .strictObject({
    containerd: archive.optional().meta({ description: 'containerd-VERSION-linux-ARCH.tar.gz, or the static one.' }),
    runc: archive.optional().meta({ description: 'runc.ARCH, a program that is not packed.' }),
    cniPlugins: archive.optional().meta({
      description: 'cni-plugins-linux-ARCH-VERSION.tgz; goes to /opt/cni/bin, whatever the runtime and its source.',
    }),
    crio: archive.optional().meta({
      description:
        'cri-o.ARCH.vVERSION.tar.gz, the static bundle, as upstream packs it since July 2024. Its CNI plugins and crictl are left out.',
    }),
    criDockerd: archive.optional().meta({ description: 'cri-dockerd-VERSION.ARCH.tgz.' }),
    sandboxImage: archive.optional().meta({
      description:
        'The image of runtime.sandboxImage in a file, as `docker save` or `ctr images export` writes it; loaded where the runtime does not have it, whatever source says.',
    }),
  })
  .meta({ description: 'What source: archive installs, and images that hosts cannot pull.' });

const registryName = matching(
  /^(\*|[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?(:\d{1,5})?)$/,
  'a registry such as registry.k8s.io or host:5000, or "*"',
);

const repository = z
  .strictObject({
    url: matching(/^https?:\/\/[^\s@]+$/, 'a URL starting with https://, without user or password')
      .optional()
      .meta({
        description:
          "Address of the repository; a mirror near you is this one line. Default: upstream's for the runtime and the distribution (containerd, docker: docker.com; cri-o: the one of its minor version). Needed for mirantis.",
      }),
    suite: matching(/^[A-Za-z0-9./:_+-]+$/, 'a suite such as trixie, or / for a flat repository')
      .optional()
      .meta({ description: 'Suite. Default: the codename of the distribution; cri-o: /.' }),
    components: z
      .array(matching(/^[A-Za-z0-9./_+-]+$/, 'a component such as stable'), 'a list of components')
      .optional()
      .meta({ description: 'Components. Default: stable; of a flat repository none.' }),
    key: z
      .union(
        [
          z.strictObject({
            url: matching(/^https?:\/\/[^\s@]+$/, 'a URL starting with https://').meta({
              description: 'The hosts fetch it from there themselves.',
            }),
          }),
          z.strictObject({ file: path().meta({ description: 'A file on the machine that runs nodeprep.' }) }),
        ],
        'a URL or a file:  { url: https://… }  or  { file: ./key.asc }',
      )
      .optional()
      .meta({
        description:
          'The key that it is signed with: a URL, from which each host fetches it, or a file on this machine. Default: where upstream has it, below url.',
      }),
    fingerprint: matching(/^([0-9A-Fa-f]{4}\s*){10}$/, 'a fingerprint of 40 hexadecimal digits; blanks do not matter')
      .optional()
      .meta({
        description: "Fingerprint of that key; another key is refused before apt trusts it. Default: upstream's key.",
      }),
  })
  .meta({ id: 'repository', description: 'The package repository of `source: upstream`.' });

const runtime = z
  .strictObject({
    name: z.enum(runtimeNames).optional().meta({
      default: defaults.runtime.name,
      description: 'The container runtime.',
    }),
    source: z.enum(['distribution', 'upstream', 'archive']).optional().meta({
      default: defaults.runtime.source,
      description:
        "Where it comes from: the distribution's packages, the project's own packages, or a release archive. A runtime that is there and that neither a package nor nodeprep brought stays, and is configured.",
    }),
    version: matching(/^\d+(\.\d+)*([-+~][0-9A-Za-z.+~-]+)?$/, 'a version or the start of one, such as "2.1"')
      .optional()
      .meta({
        description:
          'Version, or the start of one. Default: what the source offers. A layer that changes runtime.name drops the version of the layers before it.',
      }),
    archives: archives.optional(),
    handlers: z.array(z.enum(handlerNames), 'a list of handlers, such as [runc, crun]').optional().meta({
      description:
        'OCI runtimes that pods may choose by a RuntimeClass (runsc is gVisor), of containerd and CRI-O. crun is installed from packages where it is missing; runsc and kata must be there, kata with KVM. Handlers that the list does not name stay. `plan` prints the RuntimeClasses. A layer that changes runtime.name drops the list of the layers before it.',
    }),
    defaultHandler: z.enum(handlerNames).optional().meta({
      description: 'One of runtime.handlers, for pods without a RuntimeClass. Default: what the host has.',
    }),
    cgroupDriver: z.enum(['systemd', 'cgroupfs']).optional().meta({
      default: defaults.runtime.cgroupDriver,
      description: 'Who manages the cgroups of pods; the kubelet must use the same.',
    }),
    sandboxImage: matching(
      /^[A-Za-z0-9][A-Za-z0-9._:/-]*(:[A-Za-z0-9_][A-Za-z0-9._-]{0,127}|@sha256:[0-9a-f]{64})$/,
      'an image with a tag or digest, such as registry.k8s.io/pause:3.10.1',
    )
      .optional()
      .meta({ description: 'Image of the pod sandbox. Default: the one that kubeadm of kubernetes.version expects.' }),
    cni: z
      .strictObject({
        binDir: matching(/^(\/[A-Za-z0-9._@+-]+)+\/?$/, 'an absolute path')
          .optional()
          .meta({
            description:
              'Directory of the CNI plugins. Default: what the package ships; /usr/lib/cni for containerd of Debian and Ubuntu, /opt/cni/bin for upstream, CRI-O and cri-dockerd. Packages of plugins put them into /usr/lib/cni (Debian, SLE and Leap 15) or /usr/libexec/cni (RHEL, Fedora, Tumbleweed), networks into /opt/cni/bin.',
          }),
      })
      .optional()
      .meta({ description: 'Network plugins.' }),
    repository: repository.optional(),
    acceptLicense: z.boolean('true or false').optional().meta({
      default: false,
      description:
        'Of mirantis, and needed for it: that whoever runs this has a license of Mirantis and agrees to its terms. The engine runs without a file of it; one that is there (docker.lic) stays.',
    }),
    selinux: z.boolean('true or false').optional().meta({
      description:
        'Whether containers get SELinux labels of their own: `enable_selinux` of containerd, `selinux` of CRI-O, `selinux-enabled` of daemon.json. Where SELinux is off it changes nothing. Default: what the host has (docs/adr/0025-selinux.md says why).',
    }),
    keepContainerdCri: z.boolean('true or false').optional().meta({
      default: false,
      description:
        'Of docker and mirantis: whether containerd, which runs beneath, may go on serving CRI too. Otherwise exactly one runtime answers.',
    }),
    foreignContainers: z
      .array(
        matching(/^[A-Za-z0-9][A-Za-z0-9_.-]*(\/[A-Za-z0-9][A-Za-z0-9_.-]*)?$/, 'the name of a container'),
        'a list of names',
      )
      .optional()
      .meta({
        description:
          "Containers that Kubernetes does not own and that a migration to another runtime may stop: names of Docker's, NAMESPACE/NAME of containerd's. Any other one that runs bars the migration.",
      }),
    registryMirrors: z
      .record(
        registryName,
        z
          .array(
            matching(
              /^https?:\/\/[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:\d{1,5})?(\/[A-Za-z0-9._~%+-]+)*\/?$/,
              'a URL such as https://mirror.example.com',
            ),
            'a list of URLs',
          )
          .meta({ description: 'URLs, tried in this order before the registry itself.' }),
      )
      .optional()
      .meta({
        description:
          'Mirrors by registry; "*" is every registry without mirrors of its own. A URL with /v2/ in its path is the whole root of the API, as https://mirror.example.com/v2/k8s. What the inventory does not name stays as it is. What a runtime cannot do is refused (docs/registries.md).',
      }),
    registries: z
      .record(
        registryName,
        z.strictObject({
          ca: path().optional().meta({
            description: 'File of this machine with the certificates to trust, in PEM; copied to the hosts.',
          }),
          skipVerify: z.boolean('true or false').optional().meta({
            description: 'Whether its certificate is taken unseen. Default: what the host has.',
          }),
        }),
      )
      .optional()
      .meta({ description: 'How a registry is trusted, also where it serves as a mirror of another one.' }),
  })
  .meta({ id: 'runtime', description: 'The container runtime that the host shall have.' });

const proxyUrl = () =>
  matching(
    /^https?:\/\/([A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:]+\])(:\d{1,5})?\/?$/,
    'the URL of a proxy without a user name, such as http://proxy.example.com:3128',
  );

const proxy = z
  .strictObject({
    http: proxyUrl().optional().meta({ description: 'For http:// addresses.' }),
    https: proxyUrl()
      .optional()
      .meta({ description: 'For https:// addresses; most proxies are spoken to by http:// here too.' }),
    noProxy: z
      .array(
        matching(
          /^(\*|(\*?\.)?[A-Za-z0-9[][A-Za-z0-9.:\]_-]*(\/\d{1,3})?)$/,
          'a host, a domain (.example.com), an address or a network (10.0.0.0/8)',
        ),
        'a list of hosts, domains, addresses and networks',
      )
      .optional()
      .meta({ description: 'What is reached without it: nodes, pods and services too, where images come from there.' }),
  })
  .meta({
    id: 'proxy',
    description:
      'The proxy that the runtime pulls images through, and apt, dnf or zypper packages. Without it nothing of proxies is touched. docs/registries.md says what noProxy means to each.',
  });

const verify = z
  .strictObject({
    sandbox: z.enum(['auto', 'required', 'off']).optional().meta({
      default: defaults.verify.sandbox,
      description: 'Whether a real sandbox is started as proof; auto: where its image is present or can be pulled.',
    }),
  })
  .meta({ id: 'verify', description: 'How the result of apply is proved.' });

const role = () =>
  z.enum(['control-plane', 'worker']).optional().meta({ default: defaults.role, description: 'Role of the node.' });

const settings = {
  ssh: ssh.optional(),
  sudo: sudo.optional(),
  runtime: runtime.optional(),
  swap: z.enum(['off', 'keep', 'kubelet']).optional().meta({
    default: defaults.swap,
    description: 'off: no swap now or at boot. keep: leave it alone. kubelet: as the target kubelet treats it.',
  }),
  verify: verify.optional(),
  proxy: proxy.optional(),
  packageMirror: matching(
    /^https?:\/\/[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:\d{1,5})?(\/[A-Za-z0-9._~%+-]+)*\/?$/,
    'a URL such as https://mirrors.aliyun.com',
  )
    .optional()
    .meta({
      description:
        'A mirror near the hosts, laid out as regional ones are (debian, debian-security, ubuntu, rockylinux, docker-ce, kubernetes … below it). Package sources of the distribution, of docker.com and of pkgs.k8s.io name it from then on, with the keys that they had; so do the repositories of `source: upstream`, except where runtime.repository.url says otherwise. Sources of others stay. ADR 0017 has the layout.',
    }),
};

const defaultSettings = z.strictObject(settings).meta({ description: 'Settings of every host.' });
const group = z
  .strictObject({ role: role(), ...settings })
  .meta({ description: 'Settings of the hosts that name this group.' });

const host = z
  .strictObject({
    address: text('an IP address or a host name')
      .refine(isAddress, 'an IP address or a host name, without port')
      .optional()
      .meta({ description: 'IP address (IPv6 without brackets) or name. Needed unless connection is local.' }),
    connection: z.enum(['ssh', 'local']).optional().meta({
      default: defaults.connection,
      description: 'local: this machine, without SSH.',
    }),
    role: role(),
    groups: z.array(name(), 'a list of groups').optional().meta({
      description: 'Groups of this host; where two give the same setting the later one in this list wins.',
    }),
    ...settings,
  })
  .meta({
    description: 'One host. Its settings win over those of its groups, which win over defaults.',
    anyOf: [{ required: ['address'] }, { required: ['connection'], properties: { connection: { const: 'local' } } }],
  });

const isDate = (value: string): boolean => {
  const date = new Date(`${value}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(value);
};

const waiver = z
  .strictObject({
    check: text('the id of a check')
      .min(1, 'the id of a check')
      .meta({ description: 'Id of the check, as findings show it.' }),
    hosts: z
      .array(name(), 'a list of hosts or groups')
      .min(1, 'a list of at least one host or group (leave it out for all hosts)')
      .optional()
      .meta({ description: 'Hosts or groups. Default: all hosts.' }),
    owner: text('the person or team that answers for it')
      .regex(/\S/, 'the person or team that answers for it')
      .meta({ description: 'Who answers for it.' }),
    reason: text('a sentence on why the finding is accepted')
      .regex(/\S/, 'a sentence on why the finding is accepted')
      .meta({ description: 'Why the finding is accepted.' }),
    expires: matching(/^\d{4}-\d{2}-\d{2}$/, 'a date such as "2027-01-31"')
      .refine(isDate, 'a date that exists, such as "2027-01-31"')
      .meta({ description: 'Last day on which it holds (UTC). After it the waiver itself is an error.' }),
  })
  .meta({ description: 'A finding that is accepted until a date: it is still shown, but does not count.' });

export const inventorySchema = z
  .strictObject({
    kubernetes: z
      .strictObject({
        version: matching(kubernetesVersionPattern, 'a Kubernetes version from 1.24 on, such as "1.34" or "1.34.2"')
          .optional()
          .meta({
            default: defaults.kubernetesVersion,
            description: 'The version that the nodes shall run; the rules of the checks follow it.',
          }),
      })
      .optional()
      .meta({ description: 'The cluster that the hosts are for.' }),
    defaults: defaultSettings.optional(),
    groups: z.record(name(), group, 'a mapping of names to settings').optional().meta({
      description: 'Groups by name; hosts name theirs.',
    }),
    hosts: z
      .record(name(), host, 'a mapping of names to hosts, such as  worker-1: { address: 10.0.0.21 }')
      .meta({ description: 'Hosts by name.', minProperties: 1 }),
    cluster: cluster.optional(),
    rollout: rollout.optional(),
    waivers: z
      .array(waiver, 'a list of waivers')
      .max(maxWaivers, `a list of at most ${maxWaivers} waivers`)
      .optional()
      .meta({ description: 'Findings that are accepted for a while.' }),
  })
  .meta({ title: 'nodeprep inventory', description: 'Keys that start with x- are ignored; anchors can stand there.' });

export type InventoryFile = z.infer<typeof inventorySchema>;
export type SecretReference = z.infer<typeof secret>;
export type Settings = z.infer<typeof group>;
export type HostEntry = z.infer<typeof host>;
