import * as z from 'zod';
import { drainLosses, weekdays } from '../core/rollout-settings.ts';
import { isAddress } from './address.ts';
import { maxWaivers } from './check-waivers.ts';
import { defaults } from './defaults.ts';
import { durationMs, durationPattern } from './duration.ts';
import { kubernetesVersionPattern } from './kubernetes-versions.ts';
import { isTimeZone } from './time-zone.ts';

/**
 * The one definition of the inventory: validation, types, the published JSON Schema and docs/inventory.md come from it.
 * The message of a rule completes the sentence 'KEY must be …'. No rule fills in defaults: a group must not undo what `defaults` says.
 */
const text = (expected: string) => z.string(expected);
const matching = (pattern: RegExp, expected: string) => text(expected).regex(pattern, expected);
const wholeNumber = (min: number, max: number) => {
  const expected = `a whole number from ${min} to ${max}`;
  return z.int(expected).min(min, expected).max(max, expected);
};

const duration = () => {
  const expected = 'a duration up to 24h, such as 500ms, 10s or 5m';
  return matching(durationPattern, expected).refine(value => (durationMs(value) ?? 0) <= 86_400_000, expected);
};

const path = () =>
  matching(/^(?!~[^/])[^\u0000-\u001f]+$/u, 'a path: absolute, relative to the inventory, or starting with ~/');

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

const runtime = z
  .strictObject({
    name: z.enum(['containerd', 'cri-o', 'docker', 'mirantis']).optional().meta({
      default: defaults.runtime.name,
      description: 'The container runtime.',
    }),
    source: z.enum(['distribution', 'upstream', 'archive']).optional().meta({
      default: defaults.runtime.source,
      description:
        "Where it comes from: the distribution's packages, the project's own packages, or a release archive.",
    }),
    version: matching(/^\d+(\.\d+)*([-+~][0-9A-Za-z.+~-]+)?$/, 'a version or the start of one, such as "2.1"')
      .optional()
      .meta({
        description:
          'Version, or the start of one. Default: what the source offers. A layer that changes runtime.name drops the version of the layers before it.',
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
            description: 'Directory of the CNI plugins. Default: what the package ships.',
          }),
      })
      .optional()
      .meta({ description: 'Network plugins.' }),
    registryMirrors: z
      .record(
        matching(/^[A-Za-z0-9*][A-Za-z0-9.:_-]*$/, 'a registry such as registry.k8s.io'),
        z
          .array(matching(/^https?:\/\/\S+$/, 'a URL starting with https://'), 'a list of URLs')
          .meta({ description: 'URLs, tried in this order.' }),
      )
      .optional()
      .meta({ description: 'Mirrors by registry. Accepted, not used yet.' }),
  })
  .meta({ id: 'runtime', description: 'The container runtime that the host shall have.' });

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
};

const defaultSettings = z.strictObject(settings).meta({ description: 'Settings of every host.' });
const group = z
  .strictObject({ role: role(), ...settings })
  .meta({ description: 'Settings of the hosts that name this group.' });

const name = () =>
  matching(
    /^[A-Za-z0-9]([A-Za-z0-9._-]{0,251}[A-Za-z0-9])?$/,
    'made of letters, digits, dots, dashes and underscores, with a letter or digit at both ends',
  );

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

const cluster = z
  .strictObject({
    kubeconfig: path()
      .optional()
      .meta({ description: 'A kubeconfig on this machine, used with the kubectl that is found here.' }),
    context: text('the name of a context')
      .min(1, 'the name of a context')
      .optional()
      .meta({ description: "Context of the kubeconfig. Default: the kubeconfig's current one." }),
    via: z.array(name(), 'a list of hosts').min(1, 'a list of at least one host').optional().meta({
      description:
        'Control-plane hosts of this inventory whose kubectl is used, as root: the first that answers and is not being changed.',
    }),
  })
  .meta({
    description:
      'How the cluster is reached: by a kubeconfig here, or via hosts. Without it nodes of a cluster are not changed where that would disturb pods.',
    anyOf: [{ required: ['kubeconfig'] }, { required: ['via'] }],
  });

const drain = z
  .strictObject({
    timeout: duration().optional().meta({
      default: defaults.rollout.drainTimeout,
      description: 'How long the pods of a node may take to leave it. After it the node is put back.',
    }),
    accept: z.array(z.enum(drainLosses), 'a list of bare-pods, empty-dir, local-volumes').optional().meta({
      description:
        'What a drain may lose; without it such pods block. bare-pods: pods that no controller brings back. empty-dir: the content of emptyDir volumes. local-volumes: pods whose volume is bound to the node.',
    }),
  })
  .meta({ description: 'How nodes are drained.' });

const pause = z
  .strictObject({
    time: duration().optional().meta({ description: 'Wait this long.' }),
    command: z.array(text('a word').min(1, 'a word'), 'a list of words').min(1, 'a list of words').optional().meta({
      description: 'Run this here, once, without a shell. Exit status 0 goes on, anything else stops the rollout.',
    }),
    http: matching(/^https?:\/\/[^\s@/?#]+([/?#]\S*)?$/, 'a URL starting with https:// or http://, without a user name')
      .optional()
      .meta({ description: 'Ask this URL until it answers 200 to 299, which goes on.' }),
    timeout: duration().optional().meta({
      default: defaults.rollout.gateTimeout,
      description: 'How long command or http may take. After it the rollout stops.',
    }),
  })
  .meta({ description: 'What stands between two batches: one of time, command and http.' });

const timeOfDay = () => matching(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time of day from "00:00" to "23:59"');

const rolloutWindow = z
  .strictObject({
    days: z
      .array(z.enum(weekdays), `a list of ${weekdays.join(', ')}`)
      .min(1, 'a list of at least one day')
      .optional()
      .meta({ description: 'Days on which a window begins. Default: every day.' }),
    from: timeOfDay().meta({ description: 'When it begins.' }),
    to: timeOfDay().meta({ description: 'When it ends; before `from`: on the next day.' }),
    timezone: text('a time zone such as UTC or Europe/Berlin')
      .refine(isTimeZone, 'a time zone such as UTC or Europe/Berlin')
      .optional()
      .meta({ default: defaults.rollout.timezone, description: 'Time zone of `from`, `to` and `days`.' }),
  })
  .meta({
    description:
      'When a rollout may begin the next node. Outside of it the rollout stops; a node that was begun is finished.',
  });

const maxUnavailable = () => {
  const expected = 'a count of at least 1, or a percentage such as "25%"';
  return z.union([z.int(expected).min(1, expected), matching(/^([1-9]\d?|100)%$/, expected)], expected);
};

const canary = () => {
  const expected = 'a list of hosts or groups, or a count of at least 1';
  return z.union([z.array(name(), expected).min(1, expected), z.int(expected).min(1, expected)], expected);
};

const rollout = z
  .strictObject({
    maxUnavailable: maxUnavailable().optional().meta({
      default: defaults.rollout.maxUnavailable,
      description:
        "How many workers may be out of service at once: a count, or a percentage of the cluster's workers, rounded down, at least one. Control planes go one at a time.",
    }),
    settleTimeout: duration().optional().meta({
      default: defaults.rollout.settleTimeout,
      description: 'How long evicted workloads may take to be available again. After it the node counts as failed.',
    }),
    drain: drain.optional(),
    canary: canary().optional().meta({
      description: 'Who goes first, before all others: hosts or groups, or a count. Default: nobody.',
    }),
    pause: pause.optional(),
    window: rolloutWindow.optional(),
    maxFailures: wholeNumber(1, 10_000).optional().meta({
      default: defaults.rollout.maxFailures,
      description: 'The rollout stops once this many nodes have failed.',
    }),
    order: z.array(name(), 'a list of groups').optional().meta({
      description: 'Groups whose hosts go first, in this order. Hosts of none of them go last.',
    }),
  })
  .meta({ description: 'How disruptive changes go through a cluster.' });

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
