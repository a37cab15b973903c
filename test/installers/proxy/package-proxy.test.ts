import { describe, expect, test } from 'vitest';
import type { DesiredProxy } from '../../../src/core/desired.ts';
import type { FactValues } from '../../../src/facts/index.ts';
import { parseRepositories } from '../../../src/facts/rpm-sources.ts';
import { buildHostPlan } from '../../../src/plan/build-plan.ts';
import { desiredNode } from '../../desired.ts';
import { aFile } from '../../host-file.ts';
import { bareFacts, now, observed } from '../../plan/facts.ts';

const url = 'http://proxy:3128';
const proxy: DesiredProxy = { http: url, https: url, noProxy: ['.example.com'] };
const list = '/etc/yum.repos.d/house.repo';
const house = '[house]\nname=x\nbaseurl=https://rpms.example.com/$basearch\nenabled=1\n';
const dnfConf = aFile('/etc/dnf/dnf.conf', `[main]\nproxy=${url}\n`);

const rocky = (own: Partial<FactValues> = {}): Partial<FactValues> => ({
  osRelease: { id: 'rocky', idLike: ['rhel'], versionId: '9.6', codename: undefined, prettyName: 'Rocky Linux 9.6' },
  packages: { ...bareFacts.packages, manager: 'dnf', listsUpdatedSeconds: null },
  rpmSources: {
    manager: 'dnf',
    entries: parseRepositories(list, house),
    files: [aFile(list, house)],
    own: [],
    keys: {},
  },
  ...own,
});

const planned = (facts: Partial<FactValues>, desired: Parameters<typeof desiredNode>[0] = {}) => {
  const options = { mask: (text: string) => text, withoutDrain: false, allowIrreversible: false };
  const { changes, later, refusals } = buildHostPlan(observed(facts), desiredNode({ proxy, ...desired }), options);
  expect(refusals).toEqual([]);
  return {
    changes,
    ids: changes.map(({ id }) => id).filter(id => !/sysctl|module/.test(id)),
    later: later.map(({ target }) => target),
  };
};

describe('packages', () => {
  const upstream = { runtime: { source: 'upstream' } } as const;
  const dropIn = 'file:/etc/systemd/system/containerd.service.d/http-proxy.conf';
  const own = '/etc/yum.repos.d/nodeprep-docker.repo';

  test('of dnf wait for dnf.conf; repositories that are exempt say so before, and the key has the proxy of the inventory', () => {
    const { changes, ids, later } = planned(rocky(), upstream);
    expect(ids).toEqual([
      ...[dropIn, 'file:/etc/dnf/dnf.conf', `file:${list}`],
      ...['repository-key:/etc/pki/rpm-gpg/nodeprep-docker.asc', `file:${own}`, `package-lists:${own}`],
    ]);
    expect(changes.find(({ kind }) => kind === 'repository-key')).toMatchObject({ proxy });
    expect(later).toContain('containerd.io');
  });

  test.each<[string, string, string]>([
    ['exempt', 'https://docker.example.com/centos', 'proxy=_none_'],
    ['not exempt', 'https://docker.example.org/centos', ''],
  ])('of a repository of ours that is %s', (_, address, word) => {
    const { changes } = planned(rocky(), { runtime: { source: 'upstream', repository: { url: address } } });
    const file = changes.find(({ target }) => target === own);
    expect(file?.kind === 'file' && file.after.state === 'file' && /^proxy=.*$/m.exec(file.after.text)?.[0]).toBe(
      word || undefined,
    );
    const through = word === '' ? proxy : { http: undefined, https: undefined, noProxy: [] };
    expect(changes.find(({ kind }) => kind === 'repository-key')).toMatchObject({ proxy: through });
  });

  test('are not waited with where dnf.conf says so already', () => {
    const proxies = { ...bareFacts.proxies, dnfConf };
    const own = `${house.replace('name', '# Set by nodeprep apply, from proxy in the inventory.\nproxy=_none_\nname')}[docker]\nbaseurl=https://download.docker.com/linux/centos/9/$basearch/stable\n`;
    const rpmSources = { ...rocky().rpmSources, entries: parseRepositories(list, own), files: [aFile(list, own)] };
    const facts = rocky({ proxies, rpmSources: rpmSources as FactValues['rpmSources'] });
    expect(planned(facts, upstream).ids).toEqual([dropIn, 'package:containerd.io']);
  });

  test('of apt wait where the lists are to be read anew, which guards do', () => {
    const stale = { ...bareFacts.packages, listsUpdatedSeconds: now - 2 * 86_400 };
    const aptFile = 'file:/etc/apt/apt.conf.d/zz-nodeprep-proxy';
    expect(planned({ packages: stale })).toMatchObject({
      ids: [dropIn, aptFile],
      later: expect.arrayContaining(['containerd']),
    });
    expect(planned({}).ids).toEqual([dropIn, aptFile, 'package:containerd']);
  });

  test('that runtimes do not plan themselves wait too, and are announced', () => {
    const { ids, later } = planned(rocky({ selinux: { mode: 'enforcing' } }), upstream);
    expect(ids.filter(id => id.startsWith('package:'))).toEqual([]);
    expect(later).toEqual(expect.arrayContaining(['container-selinux', 'containerd.io']));
  });

  test('of a bundle need no proxy', () => {
    const { ids } = planned(rocky(), { runtime: { source: 'upstream', offline: true } });
    expect(ids).toContain('package:containerd.io');
  });
});
