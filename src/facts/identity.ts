import { known } from '../core/observed.ts';
import type { Fact, FactContext } from './fact.ts';
import { decodeFiles, type FileRead } from './files.ts';
import { needsRoot, readFile, requireFile } from './read.ts';

export interface Identity {
  readonly hostname: string;
  /** Empty when not initialised. */
  readonly machineId: string;
  /** null: the machine has no DMI. Unknown without root is `productUuidReason`. */
  readonly productUuid: string | null;
  readonly productUuidReason: string | undefined;
}

const productUuidPath = '/sys/class/dmi/id/product_uuid';

export const identity: Fact<Identity> = {
  items: {
    files: { kind: 'files', paths: ['/proc/sys/kernel/hostname', '/etc/machine-id', productUuidPath] },
  },
  parse(answers, context) {
    const files = decodeFiles(answers.files);
    const machineId = readFile(files, '/etc/machine-id', context)?.trim() ?? '';
    return known({
      hostname: requireFile(files, '/proc/sys/kernel/hostname', context).trim(),
      // systemd(1): an image that is to get an id at first boot says so with this word.
      machineId: machineId === 'uninitialized' ? '' : machineId,
      ...productUuid(files, context),
    });
  },
};

const productUuid = (
  files: ReadonlyMap<string, FileRead>,
  context: FactContext,
): Pick<Identity, 'productUuid' | 'productUuidReason'> => {
  const read = files.get(productUuidPath);
  if (read === undefined) return { productUuid: null, productUuidReason: undefined };
  const text = read.text.trim();
  if (read.state === 'file' && text !== '') return { productUuid: text.toLowerCase(), productUuidReason: undefined };
  return { productUuid: null, productUuidReason: needsRoot(productUuidPath, context).message };
};
