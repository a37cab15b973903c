import { criEnabled } from '../../../src/checks/runtime/cri-enabled.ts';
import {
  absentContainerd,
  answers,
  containerdFact,
  containerdService,
  recorded,
  silent,
  stopped,
  testRuntimeCheck,
} from './facts.ts';

const disabled = (id: string) => containerdFact({ dump: `version = 2\ndisabled_plugins = ["${id}"]\n` });
const running = containerdService();

testRuntimeCheck(criEnabled, {
  pass: [
    { name: '1.7', facts: recorded('trixie'), observed: 'containerd 1.7.24~ds1 answers CRI' },
    { name: '2.1', facts: recorded('sid'), observed: /^containerd 2\.1\.9/ },
    {
      name: 'other plugins may be off',
      facts: { ...recorded('trixie'), containerd: disabled('io.containerd.snapshotter.v1.btrfs') },
    },
  ],
  fail: [
    ...['io.containerd.grpc.v1.cri', 'cri', 'io.containerd.cri.v1.runtime', 'io.containerd.cri.v1.images'].map(id => ({
      name: `disabled as ${id}`,
      facts: {
        containerd: disabled(id),
        cri: answers(silent('unknown service runtime.v1.RuntimeService')),
        services: running,
      },
      observed: `disabled_plugins names ${id}`,
      fixedByApply: true,
    })),
    {
      name: 'disabled and stopped',
      facts: { containerd: disabled('cri'), cri: {}, services: stopped },
      message: /disables CRI, as Docker/,
    },
    {
      name: 'disabled in the file, still answering',
      facts: { ...recorded('trixie'), containerd: disabled('cri') },
      message: /from the next restart/,
    },
    {
      name: 'the plugin refused its configuration',
      facts: recorded('trixie-registry-conflict'),
      message: /did not load/,
      fixedByApply: false,
    },
  ],
  skip: [
    { name: 'no containerd', facts: { containerd: absentContainerd, cri: {}, services: {} }, reason: /not installed/ },
    { name: 'stopped', facts: { containerd: containerdFact(), cri: {}, services: stopped }, reason: /does not run/ },
  ],
  unknown: [
    {
      name: 'no bridge to the socket',
      facts: { containerd: containerdFact(), cri: answers(silent('needs root: no sudo')), services: running },
      reason: 'CRI: needs root: no sudo',
    },
    {
      name: 'no socket',
      facts: { containerd: containerdFact(), cri: {}, services: running },
      reason: /nothing listens/,
    },
  ],
});
