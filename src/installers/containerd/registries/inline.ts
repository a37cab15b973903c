import { withoutEndingSlashes } from '../../../core/ending-slashes.ts';
import { isTable, type TomlTable, type TomlValue, tableAt } from '../../../toml/parse.ts';
import type { Trust } from './wishes.ts';

type Path = readonly string[];

/** Registries as config.toml has them in the way that is deprecated and goes with no config_path. */
export interface InlineRegistries {
  /** Endpoints by registry. */
  readonly mirrors: Readonly<Record<string, readonly string[]>>;
  /** By the host that is spoken to. */
  readonly trust: Readonly<Record<string, Trust>>;
  /** Keys that hosts.toml has no like of. */
  readonly unknown: readonly string[];
}

/** `registry.configs.HOST.auth` is none of it: it goes with config_path (tried on 1.6.20, 1.7.24 and 2.1.9). */
export const inlineRegistries = (config: TomlTable, images: Path): InlineRegistries => {
  const mirrors = tablesIn(config, [...images, 'registry', 'mirrors']);
  const tls = tablesIn(config, [...images, 'registry', 'configs']).flatMap(([host, table]) =>
    isTable(table.tls) ? [[host, table.tls] as const] : [],
  );
  return {
    mirrors: Object.fromEntries(
      mirrors.map(([name, table]) => [name, texts(table.endpoint).map(withoutEndingSlashes)]),
    ),
    trust: Object.fromEntries(tls.map(([host, table]) => [host, trustIn(table)])),
    unknown: [
      ...mirrors.flatMap(([name, table]) => strange(`registry.mirrors.${name}`, table, ['endpoint'])),
      ...tls.flatMap(([host, table]) => strange(`registry.configs.${host}.tls`, table, tlsKeys)),
    ],
  };
};

const tlsKeys = ['ca_file', 'cert_file', 'key_file', 'insecure_skip_verify'];

/** What must go from a file for config_path to be accepted. */
export const inlinePaths = (config: TomlTable, images: Path): readonly Path[] => {
  const registry = [...images, 'registry'];
  const configs = tablesIn(config, [...registry, 'configs']);
  return [
    ...(tableAt(config, [...registry, 'mirrors']) === undefined ? [] : [[...registry, 'mirrors']]),
    ...configs.flatMap(([host, table]) => (table.tls === undefined ? [] : [[...registry, 'configs', host, 'tls']])),
  ];
};

const trustIn = (tls: TomlTable): Trust => {
  const { ca_file: ca, cert_file: cert, key_file: key, insecure_skip_verify: skip } = tls;
  return {
    ca: texts([ca]),
    skipVerify: skip === true ? true : undefined,
    client: typeof cert === 'string' && typeof key === 'string' && cert !== '' ? [[cert, key]] : [],
  };
};

const tablesIn = (config: TomlTable, path: Path): readonly (readonly [string, TomlTable])[] =>
  Object.entries(tableAt(config, path) ?? {}).flatMap(([name, table]) =>
    isTable(table) ? [[name, table] as const] : [],
  );

const strange = (name: string, table: TomlTable, known: readonly string[]): readonly string[] =>
  Object.keys(table).flatMap(key => (known.includes(key) ? [] : [`${name}.${key}`]));

const texts = (value: TomlValue | readonly (TomlValue | undefined)[] | undefined): readonly string[] =>
  Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string' && item !== '') : [];
