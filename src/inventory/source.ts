import { NodeprepError } from '../core/errors.ts';

/** What the words after a command mean. */
export type InventorySource =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'standard-input' }
  | { readonly kind: 'targets'; readonly targets: readonly string[] }
  | { readonly kind: 'this-machine' };

const looksLikeFile = (word: string): boolean => /\.(ya?ml|json)$/i.test(word) || /[/\\]/.test(word);

/** One file, `-`, hosts such as `ops@10.0.0.21:2222`, or nothing. A bare word is a host unless a file of that name is there. */
export const sourceOf = (words: readonly string[], exists: (path: string) => boolean): InventorySource => {
  const [first] = words;
  if (first === undefined) return { kind: 'this-machine' };
  const isFile = (word: string) => looksLikeFile(word) || exists(word);
  if (words.length === 1 && first === '-') return { kind: 'standard-input' };
  if (words.length === 1 && isFile(first)) return { kind: 'file', path: first };
  const odd = words.find(word => word === '-' || isFile(word));
  if (odd === undefined) return { kind: 'targets', targets: words };
  throw new NodeprepError('usage', `${odd} is an inventory, and it stands beside other arguments`, {
    hint: 'Give one inventory, or hosts such as ops@10.0.0.21. To pick hosts of an inventory use --limit NAME,…',
  });
};
