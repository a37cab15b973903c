import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBase } from '../base.ts';
import { makeLayer } from '../layer.ts';
import { LabError } from '../run.ts';
import { LAB_DIR, type Suite } from '../settings.ts';
import { buildOnce } from './build.ts';
import type { SigningKey } from './key.ts';
import type { UpstreamPackage } from './packages.ts';

/** Debian's, in a root of their own: neither this machine nor the node needs them. */
const TOOLS = ['createrepo-c', 'gpg', 'gpg-agent', 'rpm'];
/** What they are given, in that root. */
const WORK = '/srv/rpm';

/** The same package as an rpm, not signed. */
export const buildUpstreamRpm = (made: UpstreamPackage, suite: Suite): Promise<string> =>
  buildRpm({ ...made, ...made.rpm?.instead }, suite);

const buildRpm = (made: UpstreamPackage, suite: Suite): Promise<string> =>
  buildOnce(made, suite, Promise.resolve(rpmFileName(made)), async (tree, file) => {
    await withTools(suite, `rpmbuild -bb --quiet ${WORK}/spec`, {
      prepare: work => {
        cpSync(tree, join(work, 'tree'), { recursive: true, verbatimSymlinks: true });
        writeFileSync(join(work, 'spec'), specOf(made, filesIn(tree)));
      },
      finish: work => {
        const directory = join(work, 'out');
        const [built] = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter(name =>
          name.endsWith('.rpm'),
        );
        if (built === undefined) throw new LabError(`no rpm of ${made.name} was built`);
        cpSync(join(directory, built), file);
      },
    });
  });

interface Work {
  /** Lays what the tools need into a directory, which they have as ${WORK}. */
  prepare(work: string): void;
  /** What they changed of it. */
  finish(work: string): void;
}

async function withTools(suite: Suite, command: string, { prepare, finish }: Work): Promise<void> {
  const scratch = mkdtempSync(join(LAB_DIR, 'rpm-'));
  try {
    const given = join(scratch, 'given');
    mkdirSync(join(given, WORK), { recursive: true });
    prepare(join(given, WORK));
    const made = join(scratch, 'made');
    await makeLayer([given, ...(await ensureBase({ suite, packages: TOOLS }))], made, `export HOME=/root; ${command}`);
    finish(join(made, WORK));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Signs the packages, then indexes them; `directory` gets `repodata` and the packages. */
export function publishRpms(
  suite: Suite,
  files: readonly { readonly name: string; readonly file: string }[],
  key: SigningKey,
  directory: string,
): Promise<void> {
  return key.secretKey().then(secret =>
    withTools(
      suite,
      `gpg --batch --quiet --import ${WORK}/key
[ -z "$(ls ${WORK}/repo)" ] || rpmsign --addsign --define "_gpg_name ${key.fingerprint}" --define "_gpg_sign_cmd_extra_args --pinentry-mode loopback --passphrase-file /dev/null" ${WORK}/repo/*.rpm
createrepo_c --quiet --no-database ${WORK}/repo
gpgconf --kill all`,
      {
        prepare(work) {
          mkdirSync(join(work, 'repo'));
          writeFileSync(join(work, 'key'), secret);
          for (const { name, file } of files) cpSync(file, join(work, 'repo', name));
        },
        finish(work) {
          rmSync(directory, { recursive: true, force: true });
          cpSync(join(work, 'repo'), directory, { recursive: true });
        },
      },
    ),
  );
}

/** `EPOCH:VERSION-RELEASE` */
const partsOf = ({ version, rpm }: UpstreamPackage) => {
  const [, epoch = '', number = '', release = '1'] =
    /^(?:(\d+):)?([^-]*)(?:-(.*))?$/.exec(rpm?.version ?? version) ?? [];
  return { epoch, number, release };
};

export const rpmFileName = (made: UpstreamPackage): string => {
  const { number, release } = partsOf(made);
  return `${made.name}-${number}-${release}.rpm`;
};

const filesIn = (tree: string): readonly string[] =>
  readdirSync(tree, { recursive: true, withFileTypes: true })
    .filter(entry => !entry.isDirectory())
    .map(entry => join(entry.parentPath, entry.name).slice(tree.length));

/** Directories of its own that the package owns, as upstream's do. */
const ownDirectories = (files: readonly string[]): readonly string[] => [
  ...new Set(files.flatMap(file => /^\/(?:etc|usr\/libexec)\/(?:containerd|crio|docker)(?=\/)/.exec(file) ?? [])),
];

function specOf(made: UpstreamPackage, files: readonly string[]): string {
  const { name, rpm, units, configure = '', conffiles = [] } = made;
  const { epoch, number, release } = partsOf(made);
  const names = units?.names.join(' ') ?? '';
  // What %systemd_post, %systemd_preun and %systemd_postun_with_restart come to.
  const scripts =
    names === ''
      ? `%post\n${configure || ':'}\n`
      : `%post
${configure}
if [ $1 -eq 1 ]; then systemctl --no-reload preset ${names} || :; fi
systemctl daemon-reload || :
%preun
if [ $1 -eq 0 ]; then systemctl --no-reload disable --now ${names} || :; fi
%postun
systemctl daemon-reload || :
if [ $1 -ge 1 ]; then systemctl try-restart ${names} || :; fi
`;
  return `%global debug_package %{nil}
%define __os_install_post %{nil}
%define _binary_payload w0.gzdio
%define _rpmdir ${WORK}/out
%define _build_id_links none
Name: ${name}
${epoch === '' ? '' : `Epoch: ${epoch}\n`}Version: ${number}
Release: ${release}
Summary: upstream package made in the lab
License: ASL 2.0
AutoReqProv: no
${(rpm?.fields ?? []).map(line => `${line}\n`).join('')}
%description
Made in the lab.
%prep
%build
%install
mkdir -p %{buildroot}
cp -a ${WORK}/tree/. %{buildroot}/
${scripts}
%files
${ownDirectories(files)
  .map(path => `%dir ${path}\n`)
  .join('')}${files.map(path => `${conffiles.includes(path) ? '%config(noreplace) ' : ''}${path}\n`).join('')}`;
}
