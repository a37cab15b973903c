import { describe, expect, test } from 'vitest';
import { apiOfEngine, engineMisfit } from '../../src/core/docker-api.ts';

test.each([
  ['20.10.24', '1.41'],
  ['23.0.6', '1.42'],
  ['26.1.5', '1.45'],
  ['27.5.1', '1.47'],
  ['28.5.2', '1.51'],
  ['29.1.0', '1.52'],
  ['18.09.1', undefined],
])('Docker Engine %s speaks API %s', (engine, api) => {
  expect(apiOfEngine(engine)).toBe(api);
});

describe('an engine and a cri-dockerd', () => {
  test.each([
    ['26.1.5', '0.4.0', undefined],
    ['20.10.24', '0.4.0', /needs API 1\.42, this engine speaks 1\.41$/],
    ['18.9.1', '0.4.3', /an API older than 1\.40$/],
    ['20.10.24', '0.3.17', undefined],
    ['25.0.0', '0.3.9', /VirtualSize/],
    ['25.0.0', '0.3.10', undefined],
    ['24.0.7', '0.3.4', undefined],
    ['29.1.2', '0.3.14', /refuse clients below API 1\.44, this cri-dockerd speaks at most 1\.43$/],
    ['29.1.2', '0.3.12', undefined],
    ['29.3.0', '0.3.14', undefined],
    ['29.1.2', '0.3.17', undefined],
  ])('%s and %s', (engine, bridge, problem) => {
    const found = engineMisfit(engine, bridge)?.problem;
    if (problem === undefined) expect(found).toBeUndefined();
    else expect(found).toMatch(problem);
  });

  test('that was told to accept older clients', () => {
    expect(engineMisfit('29.1.2', '0.3.14', '1.43')).toBeUndefined();
    expect(engineMisfit('29.1.2', '0.3.14', '1.44')?.problem).toContain('1.43');
  });
});
