import * as z from 'zod';

/** Does `image` name one build: a digest, or a tag other than `latest`? */
export function isPinnedImage(image: string): boolean {
  if (image.includes('@')) return /@sha256:[0-9a-f]{64}$/.test(image);
  // A colon before the last slash belongs to the registry's port.
  const tag = /:([A-Za-z0-9_][\w.-]{0,127})$/.exec(image.slice(image.lastIndexOf('/') + 1))?.[1];
  return tag !== undefined && tag !== 'latest';
}

/** The image that runs `trail`: aggregator, digest, certificate sync, database set-up, watchdog. */
export const defaultTrailImage = 'ghcr.io/goldmane-trail/trail:0.1.0';

/** A pinned container image. */
export const imageReference = z
  .string()
  .refine(isPinnedImage, 'an image with a version tag other than latest, or with a digest (@sha256:...)');

/** The pinned image that runs `trail`. */
export const imageSettings = imageReference
  .default(defaultTrailImage)
  .describe('Container image that runs trail');
