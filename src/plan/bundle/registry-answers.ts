import * as z from 'zod';

/** What a registry answers, as far as it is read: https://github.com/opencontainers/image-spec, and Docker's forms of the same. */
const descriptor = z.object({
  digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  size: z.int().nonnegative(),
});
export type Descriptor = z.infer<typeof descriptor>;

export const imageIndex = z.object({
  manifests: z.array(
    descriptor.extend({ platform: z.object({ os: z.string(), architecture: z.string() }).optional() }),
  ),
});

export const imageManifest = z.object({ config: descriptor, layers: z.array(descriptor).min(1).max(16) });

export const imageConfig = z.object({ architecture: z.string() });

export const tokenAnswer = z.object({ token: z.string().optional(), access_token: z.string().optional() });
