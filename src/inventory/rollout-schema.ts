import * as z from 'zod';
import { drainLosses, weekdays } from '../core/rollout-settings.ts';
import { defaults } from './defaults.ts';
import { duration, matching, name, path, text, wholeNumber } from './schema-words.ts';
import { isTimeZone } from './time-zone.ts';

export const cluster = z
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

export const rollout = z
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
