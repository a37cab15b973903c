import { endpointOf, isSameSocket } from '../../core/cri-endpoint.ts';
import { defineCheck } from '../check.ts';

export const crictlConfig = defineCheck({
  id: 'crictl-config',
  title: 'crictl asks the runtime of this node',
  severity: 'warning',
  source: 'https://github.com/kubernetes-sigs/cri-tools/blob/master/docs/crictl.md',
  needs: ['crictlConfig', 'tools'],
  fixable: true,
  evaluate({ crictlConfig: { file, runtimeEndpoint, imageEndpoint, problem }, tools }, { runtime }) {
    if ((tools.crictl ?? null) === null) return { status: 'skip', reason: 'there is no crictl on this host' };
    const wanted = endpointOf(runtime.name);
    const remedy = `nodeprep apply, or set runtime-endpoint: ${wanted} in ${file.path}`;
    if (problem !== undefined) {
      return {
        status: 'fail',
        message: `crictl does not work: ${file.path} cannot be read: ${problem}`,
        observed: problem,
        expected: `runtime-endpoint: ${wanted}`,
        remedy: `write ${file.path} anew, or remove it and run nodeprep apply`,
        fixedByApply: false,
      };
    }
    const said = [runtimeEndpoint, imageEndpoint].flatMap(endpoint => endpoint ?? []);
    const other = said.find(endpoint => !isSameSocket(endpoint, wanted));
    if (other !== undefined) {
      return {
        status: 'fail',
        message: `crictl asks ${other}, not the runtime of this node`,
        observed: `${file.path}: ${other}`,
        expected: wanted,
        remedy,
        fixedByApply: true,
      };
    }
    if (runtimeEndpoint !== undefined) return { status: 'pass', observed: `${file.path}: ${runtimeEndpoint}` };
    return {
      status: 'fail',
      severity: 'info',
      message: 'crictl is told no endpoint, so it tries one socket after the other',
      observed: file.type === 'absent' ? `no ${file.path}` : `${file.path} names none`,
      expected: wanted,
      remedy,
      fixedByApply: true,
    };
  },
});
