import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { type ProgressOptions, startProgress } from '../../src/ui/progress.ts';
import { liveLines } from '../../src/ui/terminal-progress.ts';

const capture = () => {
  const chunks: string[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      chunks.push(String(chunk));
      done();
    },
  });
  return {
    text: () => chunks.join(''),
    stream: Object.assign(stream, { columns: 80, rows: 12 }) as NodeJS.WriteStream,
  };
};
const options = (stream: NodeJS.WriteStream, over: Partial<ProgressOptions> = {}): ProgressOptions => ({
  stream,
  isTerminal: false,
  quiet: false,
  detail: 'hosts',
  total: 2,
  now: () => new Date('2026-11-21T02:14:07Z'),
  ...over,
});

const work = async (given: ProgressOptions) => {
  const progress = await startProgress(given);
  const host = progress.host('worker-1');
  host.step('draining');
  host.note('6 pods evicted');
  host.done('uncordoned\u001b[2J', true);
  await progress.close();
};

describe('lines', () => {
  it('tells what is finished, with time and host, and escapes what a host sent', async () => {
    const { stream, text } = capture();
    await work(options(stream));
    expect(text()).toBe('02:14:07 worker-1  6 pods evicted\n02:14:07 worker-1  uncordoned\\x1b[2J\n');
  });

  it('leaves to the report what a check finds', async () => {
    const { stream, text } = capture();
    await work(options(stream, { detail: 'count' }));
    expect(text()).toBe('02:14:07 worker-1  6 pods evicted\n');
  });

  it('says nothing when quiet', async () => {
    const { stream, text } = capture();
    await work(options(stream, { quiet: true, isTerminal: true }));
    expect(text()).toBe('');
  });
});

describe('on a terminal', () => {
  it('keeps what is finished, takes the live lines away, and leaves signals alone', async () => {
    const { stream, text } = capture();
    const listeners = process.listenerCount('SIGINT');
    await work(options(stream, { isTerminal: true }));
    expect(process.listenerCount('SIGINT')).toBe(listeners);
    expect(text()).toContain('02:14:07 worker-1  6 pods evicted\n02:14:07 worker-1  uncordoned\\x1b[2J\n');
  });

  it('draws the hosts at work until they are done', async () => {
    const { stream, text } = capture();
    const progress = await startProgress(options(stream, { isTerminal: true }));
    progress.host('worker-1').step('draining');
    await expect.poll(text, { timeout: 10_000 }).toContain('worker-1  draining');
    progress.host('worker-1').done('done', false);
    await progress.close();
    await progress.close();
    expect(text().trimEnd()).toMatch(/02:14:07 worker-1 {2}done$/);
  });

  it('writes on when 200 hosts finish at once, with few redraws', async () => {
    const { stream, text } = capture();
    const progress = await startProgress(options(stream, { isTerminal: true, total: 200 }));
    for (let index = 0; index < 200; index += 1) {
      progress.host(`worker-${index}`).step('connecting');
      progress.host(`worker-${index}`).done('finished', true);
    }
    await progress.close();
    expect(text().match(/finished/g)).toHaveLength(200);
    expect(text().length).toBeLessThan(200 * 60);
  });
});

describe('liveLines', () => {
  const state = (count: number) => ({
    atWork: new Map(Array.from({ length: count }, (_, index) => [`worker-${index}`, 'x'.repeat(200)])),
    waiting: [],
    finished: 12,
    failed: 1,
  });

  it('fit the terminal', () => {
    const { stream } = capture();
    const lines = liveLines(state(50), { total: 200, detail: 'hosts', stream });
    expect(lines).toHaveLength(11);
    expect(lines[0]).toBe('12/200 hosts, 1 failed');
    expect(lines.at(-1)).toBe('and 41 more at work');
    expect(lines.every(line => line.length <= 80)).toBe(true);
  });

  it('are one count for commands that only read', () => {
    const { stream } = capture();
    expect(liveLines(state(50), { total: 200, detail: 'count', stream })).toEqual(['12/200 hosts, 1 failed']);
  });
});
