import { defineCheck } from '../check.ts';
import { needsOfRuntime, runtimeFacts, runtimeOf } from '../runtimes/index.ts';
import { nothingInForce } from '../support/runtime-state.ts';

export const runtimeHandlers = defineCheck({
  id: 'runtime-handlers',
  title: 'The planned OCI handlers are in force',
  severity: 'error',
  source: 'https://kubernetes.io/docs/concepts/containers/runtime-class/',
  needs: runtimeFacts,
  needsOn: needsOfRuntime(),
  fixable: true,
  evaluate(facts, desired) {
    const { handlers = [], defaultHandler } = desired.runtime;
    if (handlers.length === 0) return { status: 'skip', reason: 'the inventory names no handlers' };
    const nothing = nothingInForce(facts, desired);
    if (nothing !== undefined) return nothing;
    const { label, handlersInForce } = runtimeOf(desired);
    if (handlersInForce === undefined)
      return { status: 'skip', reason: `pods behind ${label} cannot choose a handler` };
    const inForce = handlersInForce(facts);
    if (!inForce.known) return { status: 'unknown', reason: inForce.reason };
    const { value, from } = inForce.value;
    const told = `${value.names.join(', ') || 'none'}, default ${value.defaultHandler ?? 'not told'} (${from})`;
    const missing = handlers.filter(name => !value.names.includes(name));
    const isOther = defaultHandler !== undefined && value.defaultHandler !== defaultHandler;
    if (missing.length === 0 && !isOther) return { status: 'pass', observed: told };
    const wrong = [
      ...(missing.length === 0 ? [] : [`${label} does not have ${missing.join(', ')}`]),
      ...(isOther ? [`its default handler is ${value.defaultHandler ?? 'not told'}`] : []),
    ];
    return {
      status: 'fail',
      message: wrong.join(', and '),
      observed: `in force: ${told}`,
      expected: `${handlers.join(', ')}${defaultHandler === undefined ? '' : `, default ${defaultHandler}`}`,
      remedy: `nodeprep apply (restarts ${label})`,
      fixedByApply: true,
    };
  },
});
