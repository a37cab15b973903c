import type { DesiredNode } from '../core/desired.ts';
import type { Access } from './connection.ts';

/** One framed answer of the fact program. Bytes are base64 so that binary survives JSON. */
export interface RecordedItem {
  readonly exitCode: number;
  readonly base64: string;
  readonly truncated: boolean;
}

/** A host as one `check` saw it, with secrets replaced by a keyed hash (design 3.14). Written by `--record`, replayed by `check DIR`. */
export interface Recording {
  readonly schemaVersion: 1;
  readonly host: string;
  readonly address: string;
  readonly access: Access;
  /** What the inventory wanted when it was recorded, so that a replay judges by the same rules. */
  readonly desired?: DesiredNode | undefined;
  /** Milliseconds since the epoch on the control side, around the round trip; the clock check needs both. */
  readonly sentAt: number;
  readonly receivedAt: number;
  readonly items: Readonly<Record<string, RecordedItem>>;
  /** CRI answers by socket path, as `cri/` returned them (JSON), or the reason why there is none. */
  readonly cri: Readonly<Record<string, unknown>>;
}
