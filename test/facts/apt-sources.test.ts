import { expect, test } from 'vitest';
import { parseLines, parseStanzas } from '../../src/facts/apt-sources.ts';

const path = '/etc/apt/sources.list.d/a.list';

test.each([
  [
    'deb https://a.example.com/debian trixie main contrib',
    [['https://a.example.com/debian', 'trixie', 'main contrib']],
  ],
  [
    'deb [arch=amd64 signed-by=/etc/apt/keyrings/d.asc] https://d.example.com/linux trixie stable # ours',
    [['https://d.example.com/linux', 'trixie', 'stable']],
  ],
  ['deb https://f.example.com/deb/ /', [['https://f.example.com/deb/', '/', '']]],
  ['# deb https://a.example.com/debian trixie main\ndeb-src https://a.example.com/debian trixie main\n\ndeb\n', []],
])('one line for each source: %s', (text, expected) => {
  const found = parseLines(path, text).map(({ uri, suite, components }) => [uri, suite, components.join(' ')]);
  expect(found).toEqual(expected);
});

test('stanzas: every address has every suite, and what is switched off or has sources only is left out', () => {
  const text = `# Ours
Types: deb deb-src
URIs: https://a.example.com/debian https://b.example.com/debian
Suites: trixie
# a comment in between
 trixie-updates
components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 mDMEaVW5ABYJKwYBBAHaRw8BAQ
 -----END PGP PUBLIC KEY BLOCK-----

Enabled: no
Types: deb
URIs: https://off.example.com
Suites: /

Types: deb-src
URIs: https://src.example.com
Suites: /
`;
  const found = parseStanzas(path, text).map(({ uri, suite, components }) => `${uri} ${suite} ${components}`);
  expect(found).toEqual([
    'https://a.example.com/debian trixie main',
    'https://a.example.com/debian trixie-updates main',
    'https://b.example.com/debian trixie main',
    'https://b.example.com/debian trixie-updates main',
  ]);
});
