import { quote } from '../../src/core/shell.ts';
import type { LabNode } from './node.ts';

/** A package that is made in the lab. */
export interface LabPackage {
  name: string;
  version: string;
  /** More lines of its control file, as `Depends: runc`. */
  fields?: readonly string[];
  /** Path → content. */
  files?: Readonly<Record<string, string>>;
  /** Paths of `files` that are conffiles. */
  conffiles?: readonly string[];
}

/** A package source in the node itself, which its apt trusts. What changes in it is on offer after `publish`. */
export interface LocalRepository {
  /** A package of the node's other sources under another version, always made from the same original; `edit` is sh that runs in its unpacked tree. */
  repack(name: string, version: string, edit?: string): Promise<void>;
  build(made: LabPackage): Promise<void>;
  withdraw(name: string, version: string): Promise<void>;
  /** Writes the index and lets apt read all its lists anew. */
  publish(): Promise<void>;
}

const DIRECTORY = '/srv/lab-repository';
const ORIGINALS = '/srv/lab-originals';

/** Needs nothing in the node that dpkg does not bring: no dpkg-dev, no apt-utils. */
export async function openRepository(node: LabNode): Promise<LocalRepository> {
  await node.sh(`mkdir -p ${DIRECTORY} ${ORIGINALS} && apt-get update -qq
    echo 'deb [trusted=yes] file:${DIRECTORY} ./' >/etc/apt/sources.list.d/lab-repository.list`);
  return {
    repack: async (name, version, edit = ':') => {
      await node.sh(`${IN_A_TREE}
        [ -e ${ORIGINALS}/${name}_*.deb ] || (cd ${ORIGINALS} && apt-get -qq -o APT::Sandbox::User=root download ${name})
        dpkg-deb -R ${ORIGINALS}/${name}_*.deb .
        sed -i 's/^Version: .*/Version: ${version}/' DEBIAN/control
        ${edit}
        ${pack(name, version)}`);
    },
    build: async made => {
      const writes = Object.entries(treeOf(made)).map(
        ([path, text]) => `mkdir -p ".${path.replace(/\/[^/]*$/, '')}"; printf %s ${quote(text)} >".${path}"`,
      );
      await node.sh(`${IN_A_TREE}\n${writes.join('\n')}\n${pack(made.name, made.version)}`);
    },
    withdraw: async (name, version) => {
      await node.sh(`rm ${DIRECTORY}/${name}_${version}.deb*`);
    },
    publish: async () => {
      await node.sh(`cd ${DIRECTORY} && ${INDEX} && apt-get update -qq`);
    },
  };
}

function treeOf({ name, version, fields = [], files = {}, conffiles = [] }: LabPackage): Record<string, string> {
  const head = [`Package: ${name}`, `Version: ${version}`, 'Architecture: all', 'Maintainer: lab <lab@example.com>'];
  const lines = (list: readonly string[]): string => list.map(line => `${line}\n`).join('');
  return {
    ...files,
    '/DEBIAN/control': lines([...head, ...fields, 'Description: made in the lab']),
    ...(conffiles.length === 0 ? {} : { '/DEBIAN/conffiles': lines(conffiles) }),
  };
}

const IN_A_TREE = 'set -e; cd "$(mktemp -d -p /var/tmp)"; mkdir tree; cd tree';

// Not compressed: xz takes a minute for a runtime, and nobody keeps the result.
function pack(name: string, version: string): string {
  const file = `${name}_${version}.deb`;
  return `dpkg-deb --root-owner-group -Znone -b . ${DIRECTORY}/${file} >/dev/null; rm -rf "\${PWD%/tree}"; cd ${DIRECTORY}
    { dpkg-deb -f ${file}; printf 'Filename: ./%s\\nSize: %s\\nSHA256: ' ${file} "$(stat -c %s ${file})"; sha256sum <${file}; } |
      sed 's/  -$//' >${file}.stanza`;
}

const INDEX = `for stanza in ./*.stanza; do cat "$stanza"; echo; done >Packages`;
