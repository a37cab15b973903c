import { describe, expect, test } from 'vitest';
import type { Crio } from '../../../src/facts/crio.ts';
import { gapsInForce } from '../../../src/installers/cri-o/in-force.ts';
import { planService } from '../../../src/installers/cri-o/service.ts';
import { crioRuns } from '../../checks/runtime/facts.ts';
import { aCrio } from '../../crio.ts';
import { desiredNode } from '../../desired.ts';
import { aService } from '../../plan/facts.ts';

const { cri } = crioRuns('systemd');
const right = { cgroupManager: 'systemd', pauseImage: 'registry.k8s.io/pause:3.10.1', pluginDirs: ['/opt/cni/bin/'] };
const unit = aService({ fragmentPath: '/usr/lib/systemd/system/crio.service' });
const gaps = (crio: Partial<Crio>, runtime = {}, answers = cri) =>
  gapsInForce({ crio: aCrio({}, crio), unit, cri: answers }, desiredNode({ runtime }).runtime);

describe('what CRI-O runs with', () => {
  test.each([
    ['as desired', {}, {}, []],
    ['another image', { inForce: { ...right, pauseImage: 'x' } }, {}, ['reload']],
    ['a daemon that does not tell its image', { inForce: undefined }, {}, ['reload']],
    ['another driver', {}, { cgroupDriver: 'cgroupfs' }, ['restart']],
    ['other CNI plugins', {}, { cniBinDir: '/usr/lib/cni' }, ['restart']],
    ['CNI plugins as asked', {}, { cniBinDir: '/opt/cni/bin' }, []],
    ['a program that was replaced', { replacedPids: [unit.mainPid] }, {}, ['restart']],
  ] as const)('%s', (_, crio, runtime, actions) => {
    expect(gaps(crio, runtime).map(({ action }) => action)).toEqual(actions);
  });

  test('a daemon that answers nothing: its driver may be any', () => {
    expect(gaps({ inForce: undefined }, {}, {} as typeof cri)).toMatchObject([{ action: 'restart', driver: true }]);
  });
});

describe('the service of CRI-O', () => {
  const driver = { reason: 'driver', driver: true, action: 'restart' } as const;
  const image = { reason: 'image', driver: false, action: 'reload' } as const;
  test.each([
    ['runs as desired', unit, [], undefined],
    ['another image', unit, [image], { action: 'reload', disruption: 'reload' }],
    ['both', unit, [image, driver], { action: 'restart', disruption: 'drain', needsNoSandboxes: true }],
    ['stopped', aService({ activeState: 'inactive' }), [driver], { active: true, disruption: 'none' }],
    ['disabled', aService({ unitFileState: 'disabled' }), [], { enabled: true, disruption: 'none' }],
    ['masked', aService({ unitFileState: 'masked' }), [], { masked: false, enabled: true }],
  ] as const)('%s', (_, service, found, change) => {
    const planned = planService(service, found, true);
    if (change === undefined) expect(planned).toEqual([]);
    else expect(planned).toMatchObject([{ unit: 'crio.service', ...change }]);
  });
});
