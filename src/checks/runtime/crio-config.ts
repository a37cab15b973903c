import { defineCheck } from '../check.ts';
import { noCriO } from '../support/one-runtime.ts';

export const crioConfig = defineCheck({
  id: 'crio-config',
  title: 'CRI-O accepts its configuration',
  severity: 'error',
  source: 'https://github.com/cri-o/cri-o/blob/main/docs/crio.conf.5.md',
  needs: ['crio'],
  evaluate({ crio }, desired) {
    const absent = noCriO(crio, desired);
    if (absent !== undefined) return absent;
    if (crio.configError === undefined) return { status: 'pass', observed: '`crio config` succeeds' };
    return {
      status: 'fail',
      message: 'CRI-O refuses its configuration: it will not come back from its next restart',
      observed: crio.configError,
      expected: '`crio config` succeeds',
      remedy:
        'repair /etc/crio/crio.conf or the file below /etc/crio/crio.conf.d that it names; every file there counts',
      fixedByApply: false,
    };
  },
});
