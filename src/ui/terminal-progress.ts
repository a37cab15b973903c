import { setTimeout as delay } from 'node:timers/promises';
import { bounded, escapeLine } from '../core/escape.ts';
import { type LiveRegion, openLiveRegion } from './live-region.ts';
import { type Progress, type ProgressOptions, timedLine } from './progress.ts';

/** Redrawing is for eyes; more often than this only costs. */
const redrawMs = 120;

interface State {
  readonly atWork: Map<string, string>;
  readonly waiting: string[];
  finished: number;
  failed: number;
}

const rowsFor = (stream: NodeJS.WriteStream): number => Math.max(1, (stream.rows || 24) - 3);

/** The live lines: a count, then the hosts at work as far as the terminal has rows. */
export const liveLines = (
  { atWork, finished, failed }: State,
  { total, detail, stream }: Pick<ProgressOptions, 'total' | 'detail' | 'stream'>,
): string[] => {
  const width = Math.max(20, (stream.columns || 80) - 4);
  const count = `${finished}/${total} hosts${failed > 0 ? `, ${failed} failed` : ''}`;
  if (detail === 'count') return [count];
  const rows = rowsFor(stream);
  const shown = [...atWork].slice(0, rows);
  const left = atWork.size - shown.length;
  return [
    count,
    ...shown.map(([host, text]) => bounded(`${host}  ${text}`, width)),
    ...(left > 0 ? [`and ${left} more at work`] : []),
  ];
};

/**
 * What is finished is written above the live lines and stays. listr2 draws the live lines only: our own state is the truth,
 * since listr2 swallows failures. Changes are collected and drawn at most every `redrawMs`, whatever the number of hosts.
 */
export const terminalProgress = (options: ProgressOptions): Progress => {
  const state: State = { atWork: new Map(), waiting: [], finished: 0, failed: 0 };
  let region: LiveRegion | undefined;
  let drawing: Promise<void> | undefined;
  let isClosed = false;

  const draw = async () => {
    if (state.waiting.length > 0) {
      await region?.close();
      region = undefined;
      options.stream.write(
        state.waiting
          .splice(0)
          .map(line => `${line}\n`)
          .join(''),
      );
    }
    if (isClosed) return;
    const text = liveLines(state, options).join('\n');
    if (region === undefined) region = openLiveRegion(options.stream, text);
    else region.show(text);
  };
  const redrawSoon = () => {
    if (isClosed) return;
    drawing ??= delay(redrawMs, undefined, { ref: false })
      .then(draw)
      .finally(() => {
        drawing = undefined;
        if (state.waiting.length > 0) redrawSoon();
      });
  };

  return {
    host: name => ({
      step: text => {
        state.atWork.set(escapeLine(name, 80), escapeLine(text, 400));
        redrawSoon();
      },
      note: text => {
        state.waiting.push(timedLine(options.now(), name, text));
        redrawSoon();
      },
      done: (text, ok) => {
        state.atWork.delete(escapeLine(name, 80));
        state.finished += 1;
        if (!ok) state.failed += 1;
        if (options.detail === 'hosts') state.waiting.push(timedLine(options.now(), name, text));
        redrawSoon();
      },
    }),
    close: async () => {
      if (isClosed) return;
      isClosed = true;
      await drawing;
      await draw();
      await region?.close();
    },
  };
};
