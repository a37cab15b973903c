import { type DesiredNode, type HandlerName, handlerNames } from '../core/desired.ts';
import type { RuntimeClass } from '../core/result.ts';

/** Set by the operator on Nodes, where not every host of the inventory has the handler. */
export const handlerLabel = (name: HandlerName): string => `nodeprep.io/handler-${name}`;

/** What lets pods choose the handlers of the inventory. Pure, and of all its hosts: the cluster has them all. */
export const runtimeClasses = (hosts: readonly DesiredNode[]): readonly RuntimeClass[] =>
  handlerNames.flatMap(name => {
    const having = hostsWith(hosts, name);
    if (having.length === 0) return [];
    const scheduling = { nodeSelector: { [handlerLabel(name)]: 'true' } };
    return [
      {
        apiVersion: 'node.k8s.io/v1',
        kind: 'RuntimeClass',
        metadata: { name },
        handler: name,
        // Else the scheduler would send its pods to nodes that cannot start them.
        ...(having.length === hosts.length ? {} : { scheduling }),
      },
    ];
  });

const hostsWith = (hosts: readonly DesiredNode[], name: HandlerName): readonly string[] =>
  hosts.filter(({ runtime }) => runtime.handlers?.includes(name) === true).map(({ host }) => host);

/** A file for `kubectl apply -f`, with what has to be done before; undefined: there is nothing to choose. */
export const runtimeClassesYaml = (hosts: readonly DesiredNode[]): string | undefined => {
  const classes = runtimeClasses(hosts);
  if (classes.length === 0) return undefined;
  const notes = classes.flatMap(({ handler, scheduling }) => {
    const name = handlerNames.find(own => own === handler);
    if (scheduling === undefined || name === undefined) return [];
    return [`#   kubectl label node ${hostsWith(hosts, name).join(' ')} ${handlerLabel(name)}=true`];
  });
  return [
    '# RuntimeClasses of the handlers that the inventory names: kubectl apply -f FILE',
    ...(notes.length === 0
      ? []
      : [
          '# Not every host has them all. Label the Nodes that do (they may be called otherwise than the hosts):',
          ...notes,
        ]),
    classes.map(documentOf).join('---\n'),
  ].join('\n');
};

const documentOf = ({ apiVersion, kind, metadata, handler, scheduling }: RuntimeClass): string =>
  [
    `apiVersion: ${apiVersion}`,
    `kind: ${kind}`,
    'metadata:',
    `  name: ${metadata.name}`,
    `handler: ${handler}`,
    ...(scheduling === undefined ? [] : ['scheduling:', '  nodeSelector:', ...selectorLines(scheduling.nodeSelector)]),
    '',
  ].join('\n');

const selectorLines = (selector: Readonly<Record<string, string>>): readonly string[] =>
  Object.entries(selector).map(([label, value]) => `    ${label}: "${value}"`);
