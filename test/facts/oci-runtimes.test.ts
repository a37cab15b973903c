import { describe, expect, test } from 'vitest';
import { isOnPath, ociRuntimes } from '../../src/facts/oci-runtimes.ts';
import { answer, asRoot, files, knownValue } from './answers.ts';

const absent = { configs: files({}), programs: answer('') };
const parse = (answers: Partial<typeof absent>) => knownValue(ociRuntimes.parse({ ...absent, ...answers }, asRoot));

describe('ociRuntimes', () => {
  test('nothing is known to be nothing', () => {
    expect(parse({})).toMatchObject({ programs: {}, kvm: false, runscConfig: { type: 'absent' } });
  });

  test('programs in the order in which they would be taken', () => {
    const programs = answer('kvm\nprogram /usr/bin/crun\nprogram /usr/libexec/crio/crun\nprogram /usr/bin/runc\n');
    expect(parse({ programs })).toMatchObject({
      kvm: true,
      programs: { crun: ['/usr/bin/crun', '/usr/libexec/crio/crun'], runc: ['/usr/bin/runc'] },
    });
  });

  test('files of handlers, as they are', () => {
    const configs = files({ '/etc/containerd/runsc.toml': 'log_level = "debug"\n' });
    expect(parse({ configs }).runscConfig).toMatchObject({ type: 'file', text: 'log_level = "debug"\n' });
  });

  test('what services find by name alone', () => {
    expect(isOnPath('/usr/local/bin/containerd-shim-kata-v2')).toBe(true);
    expect(isOnPath('/opt/kata/bin/containerd-shim-kata-v2')).toBe(false);
  });
});
