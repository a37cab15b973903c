// The lab's door: tests and scripts import from here.
export { baseProblem, ensureBase } from './base.ts';
export { closeLab } from './close.ts';
export { bootDnf5Node, bootDnfDistribution, bootDnfNode } from './dnf.ts';
export { installGvisor, prepareCrun } from './handlers.ts';
export {
  bootKernelNode,
  findKernelNode,
  type KernelBootOptions,
  type KernelNode,
  listKernelNodes,
} from './kernel/node.ts';
export { ensureKernelLabPackages, requireKernelLab } from './kernel/require.ts';
export { addSwapFile } from './kernel/swap.ts';
export { type BootOptions, bootNode, bootNodes, findNode, type LabNode, listNodes, removeOrphans } from './node.ts';
export { ageLists, removeLists, sshSessions, sudoAttempts } from './observe.ts';
export { importPause, layPodNetwork, prepareCrio, preparePods, wrapRuntime } from './pods.ts';
export { type LabPackage, type LocalRepository, openRepository } from './repository.ts';
export { ensureLabPackages, labProblems, requireLab } from './require.ts';
export { LabError, type RunResult } from './run.ts';
export { BRIDGE_ADDRESS, IDENTITY_FILE, PW_PASSWORD, SUITES, type Suite } from './settings.ts';
export { sshArgs } from './ssh.ts';
export { buildGo, goProblem, installCrictl, putCrictl } from './tools.ts';
export { bootZypperNode } from './zypper.ts';
