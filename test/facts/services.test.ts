import { describe, expect, test } from 'vitest';
import { parseTimestamp, parseUnit, services } from '../../src/facts/services.ts';
import { answer, asRoot, asUser, knownValue } from './answers.ts';

const running = `Id=containerd.service
MainPID=90
NRestarts=2
ExecMainStartTimestamp=Fri 2026-11-20 22:43:15 UTC
LoadState=loaded
ActiveState=active
SubState=running
FragmentPath=/usr/lib/systemd/system/containerd.service
UnitFileState=enabled
NeedDaemonReload=yes
ActiveEnterTimestamp=Fri 2026-11-20 22:43:16 UTC`;
const absent = 'Id=kubelet.service\nMainPID=0\nLoadState=not-found\nActiveState=inactive\nSubState=dead';

describe('services', () => {
  test('one block a unit, in the order asked for', () => {
    const show = answer(`units containerd.service kubelet.service\n${running}\n\n${absent}\n`);
    const seen = knownValue(services.parse({ show }, asRoot));
    expect(seen['containerd.service']).toEqual({
      loadState: 'loaded',
      activeState: 'active',
      subState: 'running',
      unitFileState: 'enabled',
      startedAtSeconds: Date.UTC(2026, 10, 20, 22, 43, 15) / 1000,
      mainPid: 90,
      fragmentPath: '/usr/lib/systemd/system/containerd.service',
      needDaemonReload: true,
      restarts: 2,
    });
    expect(seen['kubelet.service']).toMatchObject({ loadState: 'not-found', startedAtSeconds: null });
    expect(seen['docker.service']).toMatchObject({ loadState: 'not-found', activeState: 'inactive' });
  });

  test('a target has no main process: it started when it became active', () => {
    const block =
      'LoadState=loaded\nActiveState=active\nMainPID=0\nExecMainStartTimestamp=\nActiveEnterTimestamp=Fri 2026-11-20 22:43:16 UTC';
    expect(parseUnit(block).startedAtSeconds).toBe(Date.UTC(2026, 10, 20, 22, 43, 16) / 1000);
  });

  test.each([
    ['', null],
    ['n/a', null],
    ['Sat 2026-11-21 03:40:54 UTC', Date.UTC(2026, 10, 21, 3, 40, 54) / 1000],
  ])('time stamp %j', (text, seconds) => {
    expect(parseTimestamp(text)).toBe(seconds);
  });

  test('a time stamp in another zone is not guessed at', () => {
    expect(() => parseTimestamp('Sat 2026-11-21 03:40:54 CET')).toThrow('CET');
  });

  test.each([
    [3, '', 'systemd is not the init system'],
    [127, '', 'no systemctl'],
    [124, '', 'did not answer'],
    [0, `units a.service b.service\n${absent}\n`, 'told of 1 units'],
  ])('exit code %i %j', (code, text, reason) => {
    expect(() => services.parse({ show: answer(text, code) }, asRoot)).toThrow(reason);
  });

  test('a user without a bus needs root', () => {
    expect(() => services.parse({ show: answer('units a.service\n', 1) }, asUser)).toThrow(/^needs root/);
  });
});
