import { expect, test } from 'vitest';
import { type AskedSocket, emptyAnswer } from '../../../src/commands/rollout/empty-over-cri.ts';

const emptied = (socket: string): AskedSocket => ({ socket, empty: true, removed: [] });
const left = (socket: string, reason: string): AskedSocket => ({ socket, empty: false, removed: [], reason });
const dead = left('/run/cri-dockerd.sock', 'nothing listens at /run/cri-dockerd.sock');
const ended = left('/run/cri-dockerd.sock', 'the connection to the runtime ended before it had answered, or …');
const beneath = left('/run/containerd/containerd.sock', 'what listens there does not serve CRI runtime.v1: …');

test.each<[string, readonly AskedSocket[]]>([
  ['one runtime that has none left', [emptied('/run/crio/crio.sock')]],
  ['beside the socket of a runtime that was stopped', [emptied('/run/containerd/containerd.sock'), dead]],
  [
    'beside a cri-dockerd that ends again and again, as before its engine is there',
    [emptied('/run/containerd/containerd.sock'), ended],
  ],
  ["beside Docker's containerd", [beneath, emptied('/run/cri-dockerd.sock')]],
])('the node is empty: %s', (_, asked) => expect(emptyAnswer(asked)).toEqual({ go: true }));

test.each<[string, readonly AskedSocket[], RegExp]>([
  ['nobody answers at all', [dead], /cri-dockerd\.sock: nothing listens/],
  ['the only one ends before it has answered', [ended], /cri-dockerd\.sock: the connection to the runtime ended/],
  ['only a runtime without CRI and a dead one', [beneath, dead], /does not serve CRI.*nothing listens/],
  [
    'a sandbox stays, whatever the others say',
    [emptied('/run/crio/crio.sock'), left('/run/containerd/containerd.sock', 'shop/cart: still running')],
    /containerd\.sock: shop\/cart: still running$/,
  ],
  [
    'a runtime that was not asked in time',
    [left('/run/crio/crio.sock', 'no answer within 5 s')],
    /no answer within 5 s/,
  ],
])('the node stays as it is: %s', (_, asked, reason) =>
  expect(emptyAnswer(asked)).toMatchObject({ go: false, code: 'step-failed', reason: expect.stringMatching(reason) }),
);
