import type { Session } from '../../src/connect/connection.ts';

export const readAll = async (session: Session): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of session.stdout) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
};

/** Wraps statements as programs must be: nothing runs until all of it has arrived. */
export const program = (body: string): string => `main() {\n${body}\n}\nmain`;
