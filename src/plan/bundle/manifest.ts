import * as z from 'zod';

/** Names of files below the bundle: nothing leads out of it. */
const file = z.string().regex(/^(?!.*\.\.)[A-Za-z0-9][A-Za-z0-9.+~%_/-]*$/);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const content = { file, sha256, bytes: z.int().nonnegative() };

const packageEntry = z.strictObject({ name: z.string(), version: z.string(), architecture: z.string(), ...content });

const release = z.strictObject({
  /** As /etc/os-release has them. */
  id: z.string(),
  versionId: z.string().nullable(),
  codename: z.string().nullable(),
  /** `uname -m`. */
  machine: z.string(),
  /** Of the package manager. */
  architecture: z.string(),
  packageManager: z.enum(['apt', 'dnf', 'zypper']),
  /** The host whose package manager chose them. */
  from: z.string(),
  /** What was asked for; the rest is what they need. */
  wanted: z.array(z.strictObject({ name: z.string(), version: z.string() })),
  /** Index of the packages, as the package manager reads it. */
  index: z.strictObject(content),
  packages: z.array(packageEntry),
});

const archive = z.strictObject({ component: z.string(), source: z.string(), ...content });

/** Pulled from a registry, as a file that runtimes load. */
const image = z.strictObject({
  /** In full, with its tag. */
  image: z.string(),
  /** `uname -m`. */
  machine: z.string(),
  /** Of its manifest for that machine. */
  digest: z.string(),
  source: z.string(),
  ...content,
});

/** `bundle.json`: everything that is in the directory, with its sums. */
export const bundleSchema = z.strictObject({
  schemaVersion: z.literal(1),
  tool: z.strictObject({ name: z.literal('nodeprep'), version: z.string() }),
  madeAt: z.string(),
  inventorySha256: z.string(),
  /** Names of the inventory's hosts that it was made for. */
  hosts: z.array(z.string()),
  releases: z.array(release),
  archives: z.array(archive),
  /** Of bundles that were made before there were any: absent. */
  images: z.array(image).optional(),
});

export type BundleManifest = z.infer<typeof bundleSchema>;
export type BundleRelease = BundleManifest['releases'][number];

export const bundleFile = 'bundle.json';

/** Every file that a bundle holds besides `bundle.json`. */
export const contentsOf = ({ releases, archives, images = [] }: BundleManifest): readonly Content[] => [
  ...releases.flatMap(({ index, packages }) => [index, ...packages]),
  ...archives,
  ...images,
];

export interface Content {
  readonly file: string;
  readonly sha256: string;
  readonly bytes: number;
}

export const releaseWords = ({
  id,
  versionId,
  codename,
  machine,
}: Pick<BundleRelease, 'id' | 'versionId' | 'codename' | 'machine'>): string =>
  [id, versionId ?? '', codename === null ? '' : `(${codename})`, machine].filter(word => word !== '').join(' ');
