import { createWritable, type DefaultRenderer, Listr, ListrLogger, type ListrTaskWrapper, ProcessOutput } from 'listr2';

/** Lines that are redrawn in place at the end of a stream and leave nothing behind. */
export interface LiveRegion {
  show(text: string): void;
  close(): Promise<void>;
}

type Wrapper = ListrTaskWrapper<object, typeof DefaultRenderer, typeof DefaultRenderer>;

const rendererOptions = (stream: NodeJS.WriteStream) => {
  // Only the stream we draw on is taken over; standard output belongs to the result.
  const process = new ProcessOutput(stream, createWritable(() => {}) as NodeJS.WriteStream, { leaveEmptyLine: false });
  const logger = new ListrLogger({ useIcons: true, toStderr: [], processOutput: process });
  return { logger, clearOutput: true, formatOutput: 'truncate' as const };
};

/**
 * One listr2 task whose title is all the text. Its traps, met by the options: it takes SIGINT and exits 127
 * (`registerSignalListeners`), and it falls back to another renderer when standard output is a pipe, wherever it draws.
 */
export const openLiveRegion = (stream: NodeJS.WriteStream, text: string): LiveRegion => {
  let finish: () => void = () => {};
  let wrapper: Wrapper | undefined;
  let latest = text;
  const finished = new Promise<void>(resolve => {
    finish = resolve;
  });
  const options = rendererOptions(stream);
  const list = new Listr<object, 'default', 'default'>(
    [
      {
        title: text,
        task: (_context, task) => {
          wrapper = task;
          task.title = latest;
          return finished;
        },
      },
    ],
    {
      renderer: 'default',
      fallbackRenderer: 'default',
      rendererOptions: options,
      fallbackRendererOptions: options,
      registerSignalListeners: false,
      exitOnError: false,
    },
  );
  const running = list.run();
  return {
    show: next => {
      latest = next;
      if (wrapper !== undefined) wrapper.title = next;
    },
    close: async () => {
      finish();
      await running;
    },
  };
};
