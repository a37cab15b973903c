import { isUtf8 } from 'node:buffer';
import type { RecordedItem } from '../connect/recording.ts';
import type { Redactor } from '../core/redact.ts';
import { itemsOf } from './compile.ts';
import type { Answers } from './evaluate.ts';
import type { Answer } from './fact.ts';
import { decodeFiles, encodeFiles, type FileRead } from './files.ts';
import { facts } from './registry.ts';

/**
 * Answers as a recording keeps them. Facts are derived from the real text and masked at the edge (report, diff, recording); here the raw
 * answers are, so that what is replayed is what a report would have shown. A masked file keeps size and times, its hash becomes a keyed one.
 */
export const maskedAnswers = (answers: Answers, redact: Redactor): Readonly<Record<string, RecordedItem>> =>
  Object.fromEntries(
    [...answers].map(([id, answer]) => {
      const bytes = fileItems.has(id) ? maskFiles(answer, redact) : maskBytes(answer.bytes, redact);
      return [id, { exitCode: answer.exitCode, base64: bytes.toString('base64'), truncated: answer.truncated }];
    }),
  );

const fileItems = new Set(itemsOf(facts).flatMap(({ id, item }) => (item.kind === 'files' ? [id] : [])));

const maskBytes = (bytes: Buffer, redact: Redactor): Buffer => {
  const encoding = isUtf8(bytes) ? 'utf8' : 'latin1';
  return Buffer.from(redact.text(bytes.toString(encoding)), encoding);
};

const maskFiles = (answer: Answer, redact: Redactor): Buffer => {
  if (answer.bytes.length === 0) return answer.bytes;
  return encodeFiles([...decodeFiles(answer).values()].map(read => maskFile(read, redact)));
};

const maskFile = (read: FileRead, redact: Redactor): FileRead => {
  const text = redact.text(read.text);
  if (text === read.text) return read;
  return { ...read, text, sha256: read.sha256 === undefined ? undefined : redact.digest(read.sha256) };
};

export const answersFromRecording = (items: Readonly<Record<string, RecordedItem>>): Answers =>
  new Map(
    Object.entries(items).map(([id, { exitCode, base64, truncated }]) => [
      id,
      { exitCode, bytes: Buffer.from(base64, 'base64'), truncated },
    ]),
  );
