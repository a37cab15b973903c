import { describe, expect, test } from 'vitest';
import type { Crio } from '../../../src/facts/crio.ts';
import { gapsInForce } from '../../../src/installers/cri-o/in-force.ts';
import { planService } from '../../../src/installers/cri-o/service.ts';
import { crioRuns } from '../../checks/runtime/facts.ts';
import { aCrio } from '../../crio.ts';
import { desiredNode } from '../../desired.ts';
import { aFile } from '../../host-file.ts';
import { aService, now } from '../../plan/facts.ts';

const { cri } = crioRuns('systemd');
const unit = aService({ fragmentPath: '/usr/lib/systemd/system/crio.service' });
const newer = aFile('/etc/crio/crio.conf.d/a.conf', '', now);
const gaps = (crio: Partial<Crio>, runtime = {}, answers = cri) =>
  gapsInForce({ crio: aCrio({}, crio), unit, cri: answers }, desiredNode({ runtime }).runtime);

describe('what CRI-O runs with', () => {
  test.each([
    ['as desired', {}, {}, []],
    ['another image', {}, { sandboxImage: 'x' }, ['reload']],
    ['a daemon without `crio status`', { inForce: undefined }, { cniBinDir: '/x' }, []],
    ['such a one, older than its files', { inForce: undefined, dropIns: [newer] }, { cniBinDir: '/x' }, ['restart']],
    ['another driver', {}, { cgroupDriver: 'cgroupfs' }, ['restart']],
    ['other CNI plugins', {}, { cniBinDir: '/usr/lib/cni' }, ['restart']],
    ['CNI plugins as asked', {}, { cniBinDir: '/opt/cni/bin' }, []],
    ['a program that was replaced', { replacedPids: [unit.mainPid] }, {}, ['restart']],
  ] as const)('%s', (_, crio, runtime, actions) => {
    expect(gaps(crio, runtime).map(({ action }) => action)).toEqual(actions);
  });

  test('labels of containers that were never asked for: where the host has no SELinux they stay off', () => {
    const inForce = { ...aCrio().inForce, selinux: false } as NonNullable<Crio['inForce']>;
    const labels = (crio: Partial<Crio>, relabels: boolean) =>
      gapsInForce(
        { crio: aCrio({}, { inForce, ...crio }), unit, cri, relabels },
        desiredNode({ runtime: { selinux: true } }).runtime,
      ).map(({ reason }) => reason);
    expect(labels({}, false)).toEqual([]);
    expect(labels({}, true)).toEqual(['selinux in force is false, not true']);
    expect(labels({ dropIns: [newer] }, false)).toEqual(['selinux in force is false, not true']);
    expect(labels({ inForce: { ...inForce, selinux: true }, dropIns: [newer] }, false)).toEqual([]);
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
    const planned = planService(service, found, { cgroupDriver: 'systemd' }, true);
    if (change === undefined) expect(planned).toEqual([]);
    else expect(planned).toMatchObject([{ unit: 'crio.service', ...change }]);
  });

  test('with cgroupfs a restart takes conmon along, so the node is emptied first', () => {
    const plugins = { reason: 'plugins', driver: false, action: 'restart' } as const;
    const disruptionWith = (cgroupDriver: 'systemd' | 'cgroupfs', joined: boolean) =>
      planService(unit, [plugins], { cgroupDriver }, joined).map(({ disruption }) => disruption);
    expect(disruptionWith('systemd', true)).toEqual(['restart']);
    expect(disruptionWith('cgroupfs', true)).toEqual(['drain']);
    expect(disruptionWith('cgroupfs', false)).toEqual(['restart']);
  });
});
