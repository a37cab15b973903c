import { describe, expect, test } from 'vitest';
import { remedyFor } from '../../src/commands/remedy.ts';

const room = /^Make room/;
const reach = /^Look at whether the host reaches/;
const key = /^Look at which key/;
const version = /^Set runtime\.version/;
const daemon = /^Mend what keeps the daemon/;

// Words of package managers, guards and looks, each as it was met on a node.
describe('what to do about a fault', () => {
  test.each([
    ["containerd could not be installed: E: You don't have enough free space in /var/cache/apt/archives/.", room],
    ['containerd could not be installed: cannot copy extracted data: failed to write (No space left on device)', room],
    ['containerd.io could not be fetched: At least 34MB more space needed on the /var filesystem.', room],
    ['rpm would not install containerd.io: installing package needs 12MB more space on the / filesystem', room],
    [
      "the package lists could not be refreshed: E: Failed to fetch http://deb/dists/trixie/InRelease  Temporary failure resolving 'deb'",
      reach,
    ],
    [
      'dnf does not accept the repository docker: Cannot download repomd.xml: Status code: 404 for http://x/repomd.xml',
      reach,
    ],
    ['zypper does not accept the repository cri-o: Valid metadata not found at specified URL', reach],
    [
      'the package lists could not be refreshed: W: GPG error: The following signatures were invalid: EXPKEYSIG 0123456789ABCDEF',
      key,
    ],
    ['the package lists could not be refreshed: NO_PUBKEY 0123456789ABCDEF', key],
    ['containerd.io could not be fetched: GPG check FAILED', key],
    ['the key AA of https://x/gpg expired on 2024-01-02, so nothing that it signs would be accepted', key],
    ["containerd 9.9 is wanted, the host's package sources offer 1.7.24~ds1-6, 1.7.24~ds1-6+b4", version],
    ['no package source of this host offers cri-o', version],
    ['/run/containerd/containerd.sock: nothing listens there', daemon],
    ['containerd did not stay for 12 s: it is failed', daemon],
    ['containerd does not run', daemon],
    ['after 4 rounds the plan still holds: cri-docker.service restarted (no answer within 10 s)', daemon],
    ['no runtime answers: its CRI socket unix:///run/containerd/containerd.sock is not there', daemon],
    ['unix:///run/crio/crio.sock does not answer CRI: what listens there does not serve CRI runtime.v1', daemon],
    ['containerd runs, but its CRI plugin did not load (cri-enabled)', daemon],
    ['the runtime at unix:///run/crio/crio.sock is not ready: RuntimeNotReady', daemon],
    ['containerd runs, but serves no CRI', daemon],
  ])('%s', (reason, remedy) => expect(remedyFor(reason)).toMatch(remedy));

  test.each([
    'no space for containerd: 120 MiB are needed and /usr has 3 MiB free; make room there and run this again',
    'the archive of runc from http://x has sha256 aa (3 bytes), the inventory says bb: correct runtime.archives.runc.sha256, or look at what is served there',
    'the archive of runc cannot be fetched from http://x (3 MiB free in /var): 404; look at runtime.archives.runc and whether this host reaches that, or give it as file',
    'containerd 2.1 needs another version of runc than 1.1, which is held; to allow it: apt-mark unhold runc',
    'the key of http://x is AA; expected BB. If upstream has changed its key, make sure of it there and set runtime.repository.fingerprint',
  ])('what says so itself is not said twice: %s', reason => expect(remedyFor(reason)).toBeUndefined());

  test('and of what nobody knows', () => {
    expect(remedyFor('the disk caught fire')).toBe('Mend what is named, then run this again.');
  });
});
