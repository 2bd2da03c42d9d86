import { z } from 'zod';
import { DEFAULT_VERSION } from '../calico-releases';

const version = z.string().regex(/^v?\d+\.\d+\.\d+$/, 'a full version, e.g. v3.30.7');

/** Parts of the stack that a running cluster may have already. */
export const adoptableParts = ['namespaces', 'operator', 'goldmane', 'whisker'] as const;

/** The calico stack: releases, adoption, flow plane, Whisker's exposure, watchdog. */
export const calicoSettings = z.strictObject({
  version: version
    .default(DEFAULT_VERSION)
    .describe('Calico release to run; the operator chart has the same'),
  runningVersion: version
    .optional()
    .describe('Release that runs today; leave it out on a cluster without Calico. Guards upgrade hops'),
  adopt: z
    .union([z.boolean(), z.array(z.enum(adoptableParts))])
    .default(false)
    .describe('What exists already and is imported: everything, nothing, or a list of parts'),
  operator: z
    .strictObject({
      chart: z.string().min(1).default('tigera-operator').describe('Name in the repository, or a folder'),
      repository: z
        .string()
        .min(1)
        .nullable()
        .default('https://docs.tigera.io/calico/charts')
        .describe('Chart repository; null where chart is a folder or an oci:// address'),
      memoryLimit: z
        .string()
        .regex(/^\d+(Mi|Gi)$/, 'a quantity in Mi or Gi')
        .default('512Mi')
        .describe('Start-up, when caches fill, needs far more than the idle 40Mi'),
    })
    .prefault({}),
  goldmane: z.strictObject({ enabled: z.boolean().default(true) }).prefault({}),
  whisker: z.strictObject({ enabled: z.boolean().default(true) }).prefault({}),
});

/** Settings of the calico stack after defaults. */
export type CalicoSettings = z.output<typeof calicoSettings>;
