import { registriesProblem } from '../../core/registries-conf.ts';
import { isRegistriesFile } from '../../facts/registry-files.ts';
import { defineCheck } from '../check.ts';
import { noCriO } from '../support/one-runtime.ts';

export const crioRegistries = defineCheck({
  id: 'crio-registries',
  title: 'CRI-O understands what the host says of registries',
  severity: 'error',
  source: 'https://github.com/containers/image/blob/main/docs/containers-registries.conf.5.md',
  needs: ['crio', 'registryFiles'],
  evaluate({ crio, registryFiles: { files } }, desired) {
    const absent = noCriO(crio, desired);
    if (absent !== undefined) return absent;
    const read = files.filter(({ path, type }) => isRegistriesFile(path) && type === 'file');
    const problems = read.flatMap(({ path, text = '' }) => registriesProblem(path, text) ?? []);
    if (problems.length === 0) {
      return { status: 'pass', observed: read.map(({ path }) => path).join(', ') || 'no registries.conf' };
    }
    return {
      status: 'fail',
      message: 'CRI-O cannot pull images: it does not understand what the host says of registries',
      observed: problems.join('; '),
      expected: 'files that containers-registries.conf(5) describes',
      remedy: 'mend or remove the files that are named; CRI-O reads them again at `systemctl reload crio`',
      fixedByApply: false,
    };
  },
});
