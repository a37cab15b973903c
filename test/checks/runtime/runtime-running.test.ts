import { runtimeRunning } from '../../../src/checks/runtime/runtime-running.ts';
import { absentContainerd, containerdFact, containerdService, stopped, testRuntimeCheck } from './facts.ts';

const containerd = containerdFact();

testRuntimeCheck(runtimeRunning, {
  pass: [
    {
      name: 'active',
      facts: { containerd, services: containerdService() },
      observed: 'containerd.service is active, process 498',
    },
  ],
  fail: [
    {
      name: 'stopped',
      facts: { containerd, services: stopped },
      observed: 'containerd.service: inactive (dead)',
      fixedByApply: true,
    },
    {
      name: 'failing over and over',
      facts: { containerd, services: containerdService({ activeState: 'activating', subState: 'auto-restart' }) },
      remedy: /journalctl/,
      fixedByApply: false,
    },
    { name: 'a unit that nobody asked about', facts: { containerd, services: {} }, observed: /not asked for/ },
  ],
  skip: [{ name: 'no containerd', facts: { containerd: absentContainerd, services: {} }, reason: /not installed/ }],
});
