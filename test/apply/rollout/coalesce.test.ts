import { expect, it } from 'vitest';
import { coalesce } from '../../../src/apply/rollout/coalesce.ts';

it('asks again for those who came while a question was under way, once for all of them', async () => {
  const answers: ((value: number) => void)[] = [];
  const ask = coalesce(() => new Promise<number>(resolve => answers.push(resolve)));
  const first = ask();
  const second = ask();
  const third = ask();
  expect(answers).toHaveLength(1);
  answers[0]?.(1);
  expect(await first).toBe(1);
  await new Promise(resolve => setImmediate(resolve));
  expect(answers).toHaveLength(2);
  const fourth = ask();
  answers[1]?.(2);
  expect(await Promise.all([second, third])).toEqual([2, 2]);
  await new Promise(resolve => setImmediate(resolve));
  answers[2]?.(3);
  expect(await fourth).toBe(3);
  void ask();
  expect(answers).toHaveLength(4);
});

it('is not stuck by a question that failed', async () => {
  let asked = 0;
  const ask = coalesce(async () => {
    asked += 1;
    if (asked === 1) throw new Error('away');
    return asked;
  });
  const first = ask();
  const second = ask();
  await expect(first).rejects.toThrow('away');
  expect(await second).toBe(2);
});
