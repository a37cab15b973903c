import { describe, expect, test } from 'vitest';
import type { DesiredRegistry } from '../../../src/core/desired.ts';
import { known } from '../../../src/core/observed.ts';
import { planCrioRegistries, registriesGap } from '../../../src/installers/cri-o/registries.ts';
import { aFile } from '../../host-file.ts';
import { aService, now } from '../../plan/facts.ts';

const own = '/etc/containers/registries.conf.d/99-nodeprep.conf';
const site = '/etc/containers/registries.conf.d/50-site.conf';
const registry = (name: string, wish: Partial<DesiredRegistry> = {}): DesiredRegistry => ({
  ...{ name, mirrors: [], ca: undefined, skipVerify: undefined },
  ...wish,
});
const hub = registry('registry.k8s.io', { mirrors: ['https://m.example.com/v2/k8s', 'http://10.0.0.1:5000'] });
const having = (files: Readonly<Record<string, string>> = {}) =>
  known({ roots: [], directories: [], files: Object.entries(files).map(([path, text]) => aFile(path, text)) });
const plan = (registries: readonly DesiredRegistry[], files = {}) => planCrioRegistries(having(files), { registries });
const textOf = ({ changes }: ReturnType<typeof plan>): string => {
  const after = changes.find(({ path }) => path === own)?.after;
  return after?.state === 'file' ? after.text : '';
};

describe('registries of CRI-O', () => {
  test('none named: nothing is touched', () => {
    expect(plan([], { [own]: 'x' })).toMatchObject({ changes: [], refusals: [] });
  });

  test('mirrors by host and repository, in order, with how each is trusted', () => {
    const text = textOf(plan([hub, registry('m.example.com', { skipVerify: true })]));
    expect(text.replace(/^#.*\n/gm, '')).toBe(`
[[registry]]
location = "registry.k8s.io"

[[registry.mirror]]
location = "m.example.com/k8s"
insecure = true

[[registry.mirror]]
location = "10.0.0.1:5000"
insecure = true

[[registry]]
location = "m.example.com"
insecure = true
`);
    expect(plan([hub], { [own]: textOf(plan([hub])) })).toMatchObject({ changes: [], refusals: [] });
  });

  test('certificates go where every tool of the family looks', () => {
    const ca = { path: './ca.pem', text: '-----BEGIN CERTIFICATE-----\nA\n-----END CERTIFICATE-----\n' };
    const { changes } = plan([registry('m:5000', { ca })]);
    expect(changes.map(({ path, disruption }) => `${path} ${disruption}`)).toEqual([
      '/etc/containers/certs.d/m:5000/ca.crt none',
    ]);
    expect(plan([registry('m:5000', { ca })], { '/etc/containers/certs.d/m:5000/ca.crt': ca.text }).changes).toEqual(
      [],
    );
  });

  const theirs = (mirror: string): string =>
    `[[registry]]\nprefix = "registry.k8s.io"\nlocation = "x"\n[[registry.mirror]]\nlocation = "${mirror}"\n`;
  const one = registry('registry.k8s.io', { mirrors: ['https://m.example.com'] });
  test('what a site has written of the same registry is enough where it says it', () => {
    expect(plan([one], { [site]: theirs('m.example.com') })).toMatchObject({ changes: [], refusals: [] });
  });

  test('the later of two entries counts', () => {
    const later = '/etc/containers/registries.conf.d/zz.conf';
    expect(plan([one], { [later]: theirs('m.example.com'), [site]: theirs('old') }).refusals).toEqual([]);
    expect(
      plan([one], { '/etc/containers/registries.conf': theirs('m.example.com'), [site]: theirs('old') }),
    ).toMatchObject({
      refusals: [{ message: expect.stringContaining('50-site.conf has a [[registry]] for registry.k8s.io') }],
    });
  });

  test.each([
    [
      'says something else',
      [one],
      { [site]: theirs('other') },
      /50-site\.conf has a \[\[registry\]\] .*\(m\.example\.com\)/,
    ],
    ['no TOML', [one], { [site]: 'x = \n' }, /50-site\.conf:\d+:/],
    ['the first version', [one], { [site]: '[registries.search]\nregistries = []\n' }, /first version/],
    ['every registry', [registry('*', { mirrors: ['https://m'] })], {}, /"\*", and CRI-O/],
    ['a path', [registry('q', { mirrors: ['https://m/proxy'] })], {}, /has a path in front of \/v2/],
    ['a file of ours that is not ours', [one], { [own]: '# mine\n' }, /99-nodeprep\.conf is not nodeprep's/],
  ])('is refused: %s', (_, registries, files, said) => {
    expect(plan(registries, files).refusals).toMatchObject([{ message: expect.stringMatching(said) }]);
  });

  test('is read again after it was written, also by a run that was killed before it could', () => {
    const files = known({ roots: [], directories: [], files: [aFile(own, textOf(plan([hub])), now - 10)] });
    const settled = planCrioRegistries(files, { registries: [hub] });
    const gap = (changedAtSeconds: number) =>
      registriesGap({ registries: [hub] }, settled, files, aService({ changedAtSeconds })).map(({ action }) => action);
    expect(gap(now - 20)).toEqual(['reload']);
    expect(gap(now - 5)).toEqual([]);
    expect(registriesGap({ registries: [hub] }, plan([hub]), having(), aService({}))).toMatchObject([
      { action: 'reload' },
    ]);
  });
});
