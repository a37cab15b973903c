import { createRequire } from 'node:module';
import type * as JsYaml from 'js-yaml';

const require = createRequire(import.meta.url);
let loaded: typeof JsYaml | undefined;

/** js-yaml, from the first YAML on that a host or a cluster shows: most of what a check reads is none, and it must start at once. */
export const jsYaml = (): typeof JsYaml => {
  loaded ??= require('js-yaml') as typeof JsYaml;
  return loaded;
};
