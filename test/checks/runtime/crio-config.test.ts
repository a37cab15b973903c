import { crioConfig } from '../../../src/checks/runtime/crio-config.ts';
import { testCheck } from '../../check-tester.ts';
import { aCrio, noCrio } from '../../crio.ts';

const desired = { runtime: { name: 'cri-o' } } as const;
/** Of 1.36.1. */
const configError =
  'unable to decode configuration /etc/crio/crio.conf.d/30-x.conf: toml: line 4 (last key "crio.runtime.x"): expected value but found \']\' instead';

testCheck(crioConfig, {
  pass: [{ name: 'accepted', facts: { crio: aCrio() }, desired }],
  fail: [
    {
      name: 'refused',
      facts: { crio: aCrio({}, { configError }) },
      desired,
      message: /will not come back/,
      observed: /30-x\.conf: toml: line 4/,
      fixedByApply: false,
    },
  ],
  skip: [
    { name: 'none', facts: { crio: noCrio }, desired, reason: /not installed/ },
    { name: 'containerd is asked for', facts: { crio: aCrio() }, reason: /asks for containerd/ },
  ],
});
