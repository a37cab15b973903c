import { z } from 'zod';

/** The public contract of `--output json`, written down a second time on purpose: a renamed key must fail a test. */
const finding = z.strictObject({
  check: z.string(),
  title: z.string(),
  status: z.enum(['pass', 'fail', 'unknown', 'skip']),
  severity: z.enum(['error', 'warning', 'info']),
  message: z.string().min(1),
  observed: z.string().optional(),
  expected: z.string().optional(),
  remedy: z.string().optional(),
  fixedByApply: z.boolean(),
  source: z.string().min(1),
  waiver: z.strictObject({ owner: z.string(), reason: z.string(), expires: z.string() }).optional(),
});

const change = z.strictObject({
  id: z.string(),
  kind: z.string(),
  target: z.string(),
  summary: z.string(),
  because: z.string(),
  disruption: z.enum(['none', 'reload', 'restart', 'drain', 'reboot']),
  phase: z.enum(['stage', 'quiesce', 'switch', 'resume']),
  reversible: z.boolean(),
  diff: z.string().optional(),
  status: z.enum(['done', 'reverted', 'failed', 'not-run']).optional(),
});

const runtime = z.strictObject({
  name: z.string(),
  version: z.string(),
  endpoint: z.string(),
  cgroupDriver: z.string(),
  cgroupDriverFrom: z.enum(['RuntimeConfig', 'Status', 'config']),
  sandboxImage: z.string(),
  sandbox: z.enum(['ran', 'failed', 'off', 'skipped']),
});

const node = z.strictObject({
  name: z.string(),
  ready: z.boolean(),
  cordonedBy: z.enum(['nodeprep', 'other']).nullable(),
});

const drain = z.strictObject({
  feasible: z.boolean(),
  pods: z.array(
    z.strictObject({
      namespace: z.string(),
      name: z.string(),
      verdict: z.enum(['move', 'stay', 'block']),
      reason: z.string().optional(),
    }),
  ),
});

const staged = z.strictObject({
  packages: z.array(
    z.strictObject({
      of: z.string(),
      role: z.enum(['new', 'old']),
      name: z.string(),
      version: z.string(),
      sha256: z.string().nullable(),
    }),
  ),
});

const host = z.strictObject({
  host: z.string(),
  address: z.string(),
  state: z.enum(['ok', 'unreachable', 'failed', 'refused', 'skipped']),
  error: z.strictObject({ code: z.string(), message: z.string(), hint: z.string().optional() }).optional(),
  findings: z.array(finding),
  changes: z.array(change),
  outcome: z.enum(['unchanged', 'changed', 'reverted', 'partial']).optional(),
  notReverted: z.array(z.string()).optional(),
  runtime: runtime.optional(),
  node: node.optional(),
  drain: drain.optional(),
  staged: staged.optional(),
  // For people; not part of the contract.
  summary: z.string().optional(),
});

export const runSchema = z.strictObject({
  schemaVersion: z.literal(1),
  tool: z.strictObject({ name: z.literal('nodeprep'), version: z.string() }),
  command: z.enum(['check', 'plan', 'apply', 'rollback', 'recover', 'reset']),
  runId: z.string().regex(/^\d{8}-\d{6}-[0-9a-z]{4}$/),
  startedAt: z.iso.datetime(),
  durationMs: z.int().nonnegative(),
  exitCode: z.int(),
  hosts: z.array(host),
  fleet: z.array(finding),
  batches: z.array(z.array(z.string())).optional(),
  cluster: z.strictObject({ uid: z.string(), findings: z.array(finding), changes: z.array(change) }).optional(),
  runtimeClasses: z
    .array(
      z.strictObject({
        apiVersion: z.literal('node.k8s.io/v1'),
        kind: z.literal('RuntimeClass'),
        metadata: z.strictObject({ name: z.string() }),
        handler: z.string(),
        scheduling: z.strictObject({ nodeSelector: z.record(z.string(), z.string()) }).optional(),
      }),
    )
    .optional(),
});

const observed = z.union([
  z.strictObject({ known: z.literal(true), value: z.unknown() }),
  z.strictObject({ known: z.literal(false), reason: z.string().min(1) }),
]);

export const factsSchema = z.strictObject({
  schemaVersion: z.literal(1),
  hosts: z.record(z.string(), z.record(z.string(), observed)),
});
