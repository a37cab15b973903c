const publicLine = /^(?:ssh-|ecdsa-|sk-)\S+ ([A-Za-z0-9+/]+={0,2})(?:\s|$)/;
const opensshBody = /^-----BEGIN OPENSSH PRIVATE KEY-----([A-Za-z0-9+/=\s]+)-----END OPENSSH PRIVATE KEY-----/;
const magicWord = 'openssh-key-v1\0';
const magic = Buffer.from(magicWord);

/** Whether it is the text of a public key, as `ssh-keygen` writes it beside the private one. */
export const isPublicKey = (text: string): boolean => publicLine.test(text);

/**
 * The public key in the file of a public key, or in that of a private one of OpenSSH, which keeps it in clear text though it is
 * encrypted (PROTOCOL.key of OpenSSH); undefined: there is none to be read.
 */
export const publicHalf = (text: string): Buffer | undefined => {
  const line = publicLine.exec(text)?.[1];
  if (line !== undefined) return Buffer.from(line, 'base64');
  const body = Buffer.from(opensshBody.exec(text.trim())?.[1] ?? '', 'base64');
  return body.subarray(0, magic.length).equals(magic) ? fourthString(body) : undefined;
};

/** magic, then strings with their length before them: cipher, kdf, its options; the number of keys; the public key. */
const fourthString = (body: Buffer): Buffer | undefined => {
  let at = magic.length;
  const next = (): Buffer | undefined => {
    if (at + 4 > body.length) return undefined;
    const end = at + 4 + body.readUInt32BE(at);
    if (end > body.length) return undefined;
    const found = body.subarray(at + 4, end);
    at = end;
    return found;
  };
  for (const _ of ['cipher', 'kdf', 'options']) if (next() === undefined) return undefined;
  at += 4;
  return next();
};
