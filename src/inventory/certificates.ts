import { X509Certificate } from 'node:crypto';
import type { Mistake } from './problems.ts';
import { entriesAt, findAt, type YamlNode } from './yaml-tree.ts';

export type ReadCertificate =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly problem: string };

/** A path as the inventory writes it → the certificates in that file. */
export type CertificateReader = (path: string) => ReadCertificate;

const block = /-----BEGIN ([A-Z0-9 ]+)-----[\s\S]*?-----END \1-----/g;

/** Only certificates, in the order of the file; what stands around them (names, comments) is left out. */
export const certificatesIn = (text: string): ReadCertificate => {
  if (/-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----/.test(text)) {
    return { ok: false, problem: 'holds a private key; give the file with the certificate alone' };
  }
  const blocks = [...text.matchAll(block)].flatMap(([pem, kind]) => (kind === 'CERTIFICATE' ? [pem] : []));
  if (blocks.length === 0) return { ok: false, problem: 'holds no certificate in PEM (-----BEGIN CERTIFICATE-----)' };
  const broken = blocks.findIndex(pem => !isCertificate(pem));
  if (broken >= 0) return { ok: false, problem: `holds a certificate that cannot be read (number ${broken + 1})` };
  return { ok: true, text: `${blocks.map(pem => pem.replaceAll('\r\n', '\n')).join('\n')}\n` };
};

const isCertificate = (pem: string): boolean => {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
};

/** Where the inventory names files with certificates: each must be one, or the inventory is wrong. */
export const checkCertificates = (root: YamlNode, read: CertificateReader): readonly Mistake[] =>
  layersOf(root).flatMap(layer => {
    const path = [...layer, 'runtime', 'registries'];
    return entriesAt(root, path).flatMap(([name]) => {
      const node = findAt(root, [...path, name, 'ca'])?.node;
      if (node?.kind !== 'scalar' || typeof node.value !== 'string') return [];
      const found = read(node.value);
      return found.ok ? [] : [{ offset: node.offset, message: `the file ${node.value} ${found.problem}` }];
    });
  });

const layersOf = (root: YamlNode): readonly (readonly string[])[] => [
  ['defaults'],
  ...['groups', 'hosts'].flatMap(kind => entriesAt(root, [kind]).map(([name]) => [kind, name])),
];
