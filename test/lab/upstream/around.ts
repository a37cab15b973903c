import type { UpstreamPackage } from './packages.ts';
import { politely } from './polite.ts';

/** What distributions over rpm have beside runtimes, of Debian's programs. */
export const crun = politely(
  {
    name: 'crun',
    version: '1.21-1.el9',
    fields: [],
    rpm: { fields: [] },
    originals: ['crun'],
    build: 'mkdir -p usr/bin; cp -aL "$O"/crun/usr/bin/crun usr/bin/',
  },
  '/usr/bin/crun',
);

const libraries = ['libassuan9', 'libdevmapper1.02.1', 'libgpg-error0', 'libgpgme11t64', 'libsqlite3-0', 'libsubid5'];

/** With the libraries that it needs in a directory of its own. */
export const skopeo: UpstreamPackage = {
  name: 'skopeo',
  version: '2:1.18.0-1.el9',
  fields: [],
  rpm: { fields: [] },
  originals: ['skopeo', ...libraries],
  build: `mkdir -p usr/bin usr/libexec/skopeo
cp -aL "$O"/skopeo/usr/bin/skopeo usr/libexec/skopeo/skopeo
for l in ${libraries.join(' ')}; do find "$O/$l" -name '*.so.*' -exec cp -aL {} usr/libexec/skopeo/ \\;; done
printf '%s\\n' '#!/bin/sh' 'LD_LIBRARY_PATH=/usr/libexec/skopeo exec /usr/libexec/skopeo/skopeo "$@"' >usr/bin/skopeo
chmod 755 usr/bin/skopeo`,
};
